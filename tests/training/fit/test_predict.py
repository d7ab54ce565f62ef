import numpy as np
import pytest
import torch
from drawn_trials import draw_trial, train

from leafgraft.errors import StudyFolderError
from leafgraft.records.progress import Silent
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit import predict
from leafgraft.training.fit.checkpoint import read_checkpoint, write_checkpoint
from leafgraft.training.fit.predict import load_network, logits_of, milliseconds_per_photo
from leafgraft.training.frozen.features import plain_features
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.network import build_network


@pytest.mark.parametrize("cut", [0, 2, 5])
def test_logits_do_not_depend_on_batch_size_or_neighbours(inputs, monkeypatch, cut):
    network = build_network(draw_trial("timm:test_resnet").recipe, 3, 0)
    prefix = Prefix(network, "resnet18/none@32", cut, inputs.cache, Silent())
    ids = inputs.fold(0).train
    together = logits_of(prefix, inputs.photos(ids))
    monkeypatch.setattr(predict, "in_order", lambda count: [np.array([number]) for number in range(count)])
    backwards = logits_of(prefix, inputs.photos(ids[::-1]))
    np.testing.assert_allclose(together, backwards[::-1], atol=1e-4, rtol=1e-4)


def test_an_unfinished_trial_has_no_network(tmp_path):
    with pytest.raises(StudyFolderError, match="must hold the state of a trial"):
        load_network(draw_trial(), TrialFolder(tmp_path), 3)


def test_the_head_is_drawn_from_the_seed():
    recipe = draw_trial().recipe
    one, same, other = (build_network(recipe, 3, seed).head.weight for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_normalisation_is_inside():
    network = build_network(draw_trial("resnet18").recipe, 3, 0)
    grey = network.normalise(torch.full((1, 3, 2, 2), 0.485 * 255))
    torch.testing.assert_close(grey[0, 0], torch.zeros(2, 2), atol=1e-5, rtol=0)
    torch.testing.assert_close(grey[0, 1], torch.full((2, 2), (0.485 - 0.456) / 0.224), atol=1e-5, rtol=0)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    parts = {"now": {"a.weight": torch.rand(2, 3), "count": torch.tensor(7)}, "best": {"a.weight": torch.zeros(1)}}
    state = {"epoch": 3, "loss": 0.1 + 0.2, "infinite": float("inf")}
    write_checkpoint(path, parts, state)
    back, state_back = read_checkpoint(path)
    assert state_back == state
    assert {part: set(named) for part, named in back.items()} == {part: set(named) for part, named in parts.items()}
    assert torch.equal(back["now"]["a.weight"], parts["now"]["a.weight"])
    assert int(back["now"]["count"]) == 7


def test_any_damage_to_a_checkpoint_is_found(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, {"now": {"weight": torch.rand(4)}}, {"epoch": 3})
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(StudyFolderError, match="cannot be read"):
            read_checkpoint(path)
        path.write_bytes(whole[:place])
        with pytest.raises(StudyFolderError, match="cannot be read"):
            read_checkpoint(path)
    path.unlink()
    with pytest.raises(StudyFolderError, match="must hold the state of a trial"):
        read_checkpoint(path)


def test_plain_features_are_in_the_order_of_the_pixel_map(inputs):
    recipe = draw_trial("timm:test_resnet").recipe
    features = plain_features(recipe, inputs.pixels, inputs.cache, Silent())
    network = build_network(recipe, 2, 0).eval()
    photos = inputs.photos(inputs.pixels.photo_ids)
    with torch.inference_mode():
        direct = network.features(photos.plain(np.arange(len(photos))), 0)
    np.testing.assert_allclose(features, direct.numpy(), atol=1e-4, rtol=1e-4)


def test_time_per_photo_is_measured():
    network = build_network(draw_trial("squeezenet1_1").recipe, 3, 0).eval()
    small, large = (min(milliseconds_per_photo(network, side, "cpu") for _ in range(2)) for side in (32, 224))
    assert 0 < small < large


def test_no_file_of_a_trial_is_a_pickle(inputs, tmp_path):
    folder = train(draw_trial(), inputs, tmp_path / "trial")
    for path in folder.path.iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\x80")
        assert b".pkl" not in content
    with np.load(folder.predictions, allow_pickle=False) as file:
        assert {file[name].dtype.kind for name in file.files} <= set("Uif")
