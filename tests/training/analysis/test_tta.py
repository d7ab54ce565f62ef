from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_trials import draw_inputs, draw_trial, train

from leafgraft.errors import PredictionsError
from leafgraft.training.analysis.tta import ensemble, logits_of_views, turned
from leafgraft.training.fit.predict import load_network, predictions_of


def test_the_views_are_the_eight_symmetries_of_a_square():
    photo = torch.arange(2 * 3 * 9.0).reshape(2, 3, 3, 3)
    views = [turned(photo, view) for view in range(8)]
    assert torch.equal(views[0], photo)
    assert len({tuple(view.flatten().tolist()) for view in views}) == 8
    assert all(torch.equal(view.sum(dim=(2, 3)), photo.sum(dim=(2, 3))) for view in views)


def test_mean_probability_over_views(tmp_path):
    inputs = draw_inputs(tmp_path / "cache")
    trial = draw_trial()
    folder = train(trial, inputs, tmp_path / "trial")
    plain = folder.read_predictions()
    one_view = predictions_of(trial, inputs, logits_of_views(trial, inputs, folder, 1))
    np.testing.assert_allclose(one_view.probabilities, plain.probabilities, atol=1e-5)
    four = predictions_of(trial, inputs, logits_of_views(trial, inputs, folder, 4))
    network, photos = load_network(trial, folder, 3), inputs.photos(tuple(plain.photo_id))
    pixels = photos.plain(np.arange(len(photos)))
    with torch.inference_mode():
        each = [network(pixels.flip(axes))[0].softmax(dim=1) for axes in ((), (3,), (2,), (2, 3))]
    np.testing.assert_allclose(four.probabilities, torch.stack(each).mean(dim=0).numpy(), atol=1e-5)
    np.testing.assert_array_equal(four.photo_id, plain.photo_id)


def test_an_ensemble_is_the_mean_probability(inputs, tmp_path):
    members = [train(draw_trial(seed=seed), inputs, tmp_path / str(seed)).read_predictions() for seed in range(3)]
    together = ensemble(members)
    np.testing.assert_allclose(
        together.probabilities, np.mean([member.probabilities for member in members], axis=0), atol=1e-6
    )
    np.testing.assert_allclose(ensemble(members[:1]).probabilities, members[0].probabilities, atol=1e-6)
    assert together.logits.dtype == np.float32


def test_members_of_other_rows_are_refused(inputs, tmp_path):
    one = train(draw_trial(), inputs, tmp_path / "trial").read_predictions()
    with pytest.raises(PredictionsError, match="same rows"):
        ensemble([one, replace(one, photo_id=one.photo_id[::-1])])
    with pytest.raises(PredictionsError, match="same rows"):
        ensemble([one, one.rows("test")])


def test_certainty_beyond_floating_point_stays_finite(inputs, tmp_path):
    one = train(draw_trial(), inputs, tmp_path / "trial").read_predictions()
    sure = replace(one, logits=(one.logits * 0 + np.array([0, 500, -500])).astype(np.float32))
    assert np.isfinite(ensemble([sure, sure]).logits).all()
