"""The mean weights of two networks are one network between them."""

import numpy as np
import pytest
import torch
from drawn_trials import draw_inputs, draw_trial, train

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Training
from leafgraft.storage.predictions import read_predictions
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.analysis.averaging import average_weights, write_average
from leafgraft.training.fit.predict import load_network

SHORT = Training(epochs=2, batch_size=8, views=1)


@pytest.fixture
def inputs(tmp_path):
    return draw_inputs(tmp_path / "cache", second=4)


def trained(inputs, path, *strategies, **choices):
    trials = [draw_trial(strategy=one, training=SHORT, **choices) for one in strategies]
    return [(one, train(one, inputs, path / one.recipe.strategy.name)) for one in trials]


def averaged(members, share, inputs, path):
    target = TrialFolder(path / f"average{share}")
    write_average(members, share, inputs, target, {"key": "average", "name": "average"}, Silent())
    return target


@pytest.mark.parametrize(
    ("strategies", "choices"),
    [
        pytest.param(("probe", "probe_then_full"), {}, id="solved heads"),
        pytest.param(("uniform", "frozen"), {}, id="a standardised head, and the tuned network first"),
        pytest.param(("frozen", "gradual"), {"head": "mlp"}, id="hidden layers"),
        pytest.param(("probe", "uniform"), {"backbone": "mobilenet_v2"}, id="BatchNorm"),
    ],
)
def test_the_ends_are_the_members(strategies, choices, inputs, tmp_path):
    members = trained(inputs, tmp_path, *strategies, **choices)
    for share, (_, folder) in enumerate(members):
        target = averaged(members, share, inputs, tmp_path)
        for name in ("predictions.npz", "also_test-field.npz"):
            wanted, found = read_predictions(folder.path / name), read_predictions(target.path / name)
            np.testing.assert_allclose(found.probabilities, wanted.probabilities, atol=1e-5)
            np.testing.assert_array_equal(found.photo_id, wanted.photo_id)
    middle = averaged(members, 0.5, inputs, tmp_path).read_predictions().probabilities
    assert all(np.abs(middle - folder.read_predictions().probabilities).max() > 1e-3 for _, folder in members)


def test_statistics_are_averaged_and_counters_are_the_second_ones(inputs, tmp_path):
    members = trained(inputs, tmp_path, "probe", "uniform", backbone="mobilenet_v2")
    first, second = (load_network(*one, classes=3).state_dict() for one in members)
    (like, _), weights = average_weights(members, 0.25, classes=3)
    assert like.recipe.strategy.name == "uniform"
    assert {name.rpartition(".")[2] for name in weights} >= {"running_mean", "running_var", "num_batches_tracked"}
    for name, tensor in weights.items():
        if tensor.is_floating_point():
            assert torch.allclose(tensor, 0.75 * first[name] + 0.25 * second[name], atol=1e-6), name
        else:
            assert torch.equal(tensor, second[name])
            assert not torch.equal(tensor, first[name])


def test_auxiliary_heads_have_no_part(inputs, tmp_path):
    tuned = draw_trial("googlenet", "uniform", training=SHORT, auxiliary=True)
    members = [
        *trained(inputs, tmp_path, "probe", backbone="googlenet"),
        (tuned, train(tuned, inputs, tmp_path / "aux")),
    ]
    found, wanted = averaged(members, 1, inputs, tmp_path).read_predictions(), members[1][1].read_predictions()
    np.testing.assert_allclose(found.probabilities, wanted.probabilities, atol=1e-5)
    assert not any("auxiliary" in name for name in average_weights(members[::-1], 0.5, classes=3)[1])


def test_what_neither_learned_is_not_kept_twice(inputs, tmp_path):
    members = trained(inputs, tmp_path, "probe", "frozen")
    names = set(average_weights(members, 0.5, classes=3)[1])
    assert names == {"head.weight", "head.bias"}
