"""What is said of an adaptation that leaves, or does not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from leafgraft.evaluation.field.change import Change
from leafgraft.evaluation.field.fit import SETTINGS, TAUGHT
from leafgraft.evaluation.field.label_curve import Forecast
from leafgraft.evaluation.field_answers import Thresholds
from leafgraft.study.steps.field.verdict import AdaptedPlace, _forecast, _why, judge_adaptation

CLASSES = ("Early", "Healthy", "Late")


def change(before: float, after: float, low: float) -> Change:
    spans = ((0.5, 1.0),) * 4
    return Change(60, before, after, before, after, *spans, after - before, (low, 0.2), 0.2, 0.1)


SURE = np.tile([0.9, 0.05, 0.05], (60, 1))


def judged(
    place: Change,
    folder: Path,
    networks: int = 1,
    answers: tuple[NDArray[np.float64], float] = (SURE, 0.1),
    **further: Any,
) -> AdaptedPlace:
    probabilities, declined = answers
    trained = SimpleNamespace(
        inputs=SimpleNamespace(classes=CLASSES), trial=SimpleNamespace(recipe=SimpleNamespace(name="one"))
    )
    setting = SimpleNamespace(
        scaled=False, cropped=False, taught=False, viewed=False, inverse_penalty=1.0, place_weight=1.0
    )
    chosen = SimpleNamespace(
        network=SimpleNamespace(trained=trained),
        validated=SimpleNamespace(setting=setting, keeps_home=True, logits=np.log(probabilities)),
        place=SimpleNamespace(known=SimpleNamespace(crops=None, unlabelled=None)),
        teachers=(),
    )
    as_usual = {"home": change(0.9, 0.9, -0.01), "home_part": "test", "untrained": {}}
    as_usual["forecast"] = Forecast(60, 0.05, (-0.01, 0.1))
    found: Any = SimpleNamespace(
        **{**as_usual, **further},
        calibration=SimpleNamespace(temperature=1.0, thresholds=Thresholds(in_set=0.4, known=1.0)),
        place=place,
        chosen=chosen,
        candidates=(chosen,) * networks,
        tuning="",
        answered={"declined": {"share": declined}},
    )
    read: Any = SimpleNamespace(said=(), counts={"Early": 40, "Late": 20}, manifest=SimpleNamespace(root="/photos"))
    photos: Any = SimpleNamespace(unlabelled=None)
    return judge_adaptation(found, read, photos, "field", folder)


def test_the_rarest_class_is_that_without_a_label(tmp_path: Path) -> None:
    assert "Fewest are of Healthy (0): label more of it first." in judged(change(0.7, 0.75, -0.1), tmp_path).said[-1]


def test_where_all_is_right_already_nobody_is_told_to_look_at_the_labels_again(tmp_path: Path) -> None:
    for after in (1.0, 0.95):
        (last,) = judged(change(1.0, after, -0.1), tmp_path).said[-1:]
        assert "has all labelled photos right" in last
    assert "Look at them again" in judged(change(0.9, 0.9, -0.1), tmp_path).said[-1]


@pytest.mark.parametrize("low", [-0.1, 0.01])
def test_a_bundle_that_is_there_already_is_said_not_to_be_that_of_the_figures(tmp_path: Path, low: float) -> None:
    assert not any("earlier adaptation" in line for line in judged(change(0.7, 0.75, low), tmp_path).said)
    (tmp_path / "bundle").mkdir()
    said = judged(change(0.7, 0.75, low), tmp_path).said
    earlier = f"The bundle of an earlier adaptation stays in '{tmp_path / 'bundle'}': these figures are not its."
    assert (earlier in said) == (low < 0), "else it is replaced"


def test_that_a_network_was_chosen_on_the_same_folds_is_said(tmp_path: Path) -> None:
    better = change(0.7, 0.9, 0.1)
    assert not any("on the same folds" in line for line in judged(better, tmp_path).said)
    assert any(
        line.startswith("The network was chosen among 3 on the same") for line in judged(better, tmp_path, 3).said
    )


def test_test_photos_of_a_place_that_was_not_trained_in_are_not_called_home(tmp_path: Path) -> None:
    elsewhere = {"untrained": {"outdoors": change(0.35, 0.5, 0.0)}}
    found = judged(change(0.7, 0.9, 0.1), tmp_path, home_part="validation", **elsewhere)
    assert found.headline.endswith(
        "; at home 90.0% to 90.0% of the validation photos. In 'outdoors', not trained on before: 35.0% to 50.0%."
    )
    assert "home is judged on 60 validation photos, on which the setting was chosen, too." in found.said[0]
    beside = judged(change(0.7, 0.9, 0.1), tmp_path, **elsewhere)
    assert "at home 90.0% to 90.0%. In 'outdoors'" in beside.headline
    assert beside.said[0].endswith("do not count as home.")


def test_that_a_weak_head_declines_more_than_a_tenth_is_said(tmp_path: Path) -> None:
    weak = SURE.copy()
    weak[:10] = [0.35, 0.34, 0.31]
    said = judged(change(0.7, 0.9, 0.1), tmp_path, answers=(weak, 0.2)).said
    assert any(line.startswith("No threshold is not sure of fewer than 16.7% of the labelled") for line in said)
    for answers in ((SURE, 0.1), (weak, 0.1)):
        assert not any("No threshold" in line for line in judged(change(0.7, 0.9, 0.1), tmp_path, answers=answers).said)


def test_a_loss_at_home_that_few_photos_leave_open_is_said(tmp_path: Path) -> None:
    better = change(0.7, 0.9, 0.1)
    found = judged(better, tmp_path, home=change(0.75, 0.58, -0.4))
    assert found.kept
    words = "60 photos cannot show whether more than 1 point is lost: it may be 40.0 points."
    assert f"At home fewer are right now; {words}" in found.said
    for home in (change(0.9, 0.9, -0.4), change(0.9, 0.899, -0.01)):
        assert not any("At home fewer" in line for line in judged(better, tmp_path, home=home).said)


@pytest.mark.parametrize("points", [0.05, -0.004])
def test_a_forecast_whose_interval_reaches_zero_promises_nothing(tmp_path: Path, points: float) -> None:
    reaching = judged(change(0.7, 0.9, 0.1), tmp_path, forecast=Forecast(60, points, (-0.01, 0.1))).said[-1]
    assert reaching == (
        "These labels do not show that more of them would help: another 60 would change accuracy by about "
        f"{100 * points:+.1f} points (95% interval -1.0 to +10.0)."
    )
    shown = judged(change(0.7, 0.9, 0.1), tmp_path, forecast=Forecast(60, 0.05, (0.01, 0.1))).said[-1]
    assert shown == "Another 60 labels would bring about 5.0 points (95% interval 1.0 to 10.0)."


def test_a_forecast_is_in_points_as_the_difference_is() -> None:
    assert _forecast(Forecast(60, 0.05, (-0.01, 0.1))) == {"labels": 60, "points": 5.0, "interval": [-1.0, 10.0]}
    assert _forecast(None) is None


@pytest.mark.parametrize(
    ("taught", "unlabelled_views", "said"),
    [
        (False, None, "each labelled photo of the place in 3 views."),
        (True, None, "each labelled photo of the place in 3 views."),
        (True, np.ones((2, 40, 5)), "each photo of the place in 3 views."),
    ],
)
def test_in_how_many_views_photos_of_the_place_were_seen_is_said(
    taught: bool, unlabelled_views: NDArray[np.float64] | None, said: str
) -> None:
    chosen = SimpleNamespace(
        network=SimpleNamespace(trained=SimpleNamespace(trial=SimpleNamespace(recipe=SimpleNamespace(name="one")))),
        validated=SimpleNamespace(setting=TAUGHT[0] if taught else SETTINGS[1]),
        place=SimpleNamespace(
            known=SimpleNamespace(crops=None, unlabelled=np.ones((40, 5)), unlabelled_views=unlabelled_views),
            labelled=SimpleNamespace(views=np.ones((2, 12, 5))),
        ),
        teachers=(),
    )
    found: Any = SimpleNamespace(chosen=chosen, candidates=(chosen,))
    assert _why(found).endswith(f", {said}")
    chosen.place.labelled.views = None
    assert "views" not in _why(found)
