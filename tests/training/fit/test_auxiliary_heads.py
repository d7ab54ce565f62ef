import numpy as np
import pytest
import torch
from drawn_trials import draw_trial, train

from leafgraft.choices.heads.build import AUXILIARY_WEIGHT
from leafgraft.records.recipe import Training
from leafgraft.records.strategy import Phase
from leafgraft.training.fit.loop import Loop
from leafgraft.training.fit.predict import load_network
from leafgraft.training.network import build_network
from leafgraft.training.phases import frozen_prefix, set_phase

TRAINING = Training(epochs=1, batch_size=8, views=0)


@pytest.fixture(scope="module")
def network():
    return build_network(draw_trial("googlenet", auxiliary=True).recipe, 3, 0)


def test_both_heads_speak_while_training_only(network):
    photos = torch.rand(2, 3, 64, 64) * 255
    set_phase(network, Phase(0), "train")
    logits, auxiliary = network(photos)
    assert [tuple(other.shape) for other in auxiliary] == [(2, 3), (2, 3)]
    network.eval()
    assert network(photos)[1] == ()
    assert tuple(logits.shape) == (2, 3)


def test_kept_maps_end_before_the_first_tap(network):
    names = network.backbone.stage_names
    cut = frozen_prefix(network, Phase(0))
    assert cut == names.index("inception4a")
    photos = torch.rand(2, 3, 64, 64) * 255
    set_phase(network, Phase(0), "train")
    torch.manual_seed(0)
    whole = network(photos)
    torch.manual_seed(0)
    from_the_cut = network(network.prefix(photos, cut), cut)
    for one, other in zip([whole[0], *whole[1]], [from_the_cut[0], *from_the_cut[1]], strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    bare = build_network(draw_trial("googlenet").recipe, 3, 0)
    assert frozen_prefix(bare, Phase(0)) == len(names)


def test_each_auxiliary_loss_counts_three_tenths(inputs, tmp_path, monkeypatch):
    seen = []
    original = Loop.step

    def step(self, positions, epoch, factor):
        maps, targets = self.feed.batch(positions, epoch)
        state = torch.random.get_rng_state()
        with torch.no_grad():
            logits, auxiliary = self.network(maps, self.feed.cut)
            main, *others = [self.loss(one, targets).mean() for one in (logits, *auxiliary)]
        torch.random.set_rng_state(state)
        loss, hits = original(self, positions, epoch, factor)
        seen.append((loss, float(main + 0.3 * others[0] + 0.3 * others[1])))
        return loss, hits

    monkeypatch.setattr(Loop, "step", step)
    train(draw_trial("googlenet", auxiliary=True, training=TRAINING), inputs, tmp_path / "trial")
    assert AUXILIARY_WEIGHT == 0.3
    assert len(seen) == 4
    np.testing.assert_allclose(*np.array(seen).T, rtol=1e-5)


def test_they_learn_from_frozen_stages_and_do_not_change_the_answer(inputs, tmp_path):
    trials = {flag: draw_trial("googlenet", auxiliary=flag, training=TRAINING) for flag in (True, False)}
    folders = {flag: train(trial, inputs, tmp_path / str(flag)) for flag, trial in trials.items()}
    before, after = build_network(trials[True].recipe, 3, 0), load_network(trials[True], folders[True], 3)
    for one, other in zip(before.auxiliary_heads.parameters(), after.auxiliary_heads.parameters(), strict=True):
        assert not torch.equal(one, other)
    info = {flag: folder.read_info() for flag, folder in folders.items()}
    assert info[True]["auxiliary_taps"] == ["inception4a", "inception4bcd"]
    assert info[True]["megabytes"] == info[False]["megabytes"]
    logits = {flag: folder.read_predictions().logits for flag, folder in folders.items()}
    # maps are kept in half precision, features in single: standardised, the difference is as large as what varies
    np.testing.assert_allclose(logits[True], logits[False], atol=0.1)
