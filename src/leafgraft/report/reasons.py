"""Figures that say why: diagnosis, learning curve, disturbed photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leafgraft.records.diagnosis import OVER_FITTING
from leafgraft.records.display import counted, percent
from leafgraft.report.contents import Plain
from leafgraft.report.figures import Figure
from leafgraft.report.interactive import bars, cells, curves
from leafgraft.report.svg import Bar, Line, bar_chart, lettering, line_chart, share_table

FITTED_POINTS = 20


def photos_of_causes(backbone: Plain) -> str:
    """What the measured causes rest on; empty where an earlier version did not say."""
    photos = backbone.get("photos")
    if not photos:
        return ""
    train, validation = counted(photos["train"], "training photo"), counted(photos["validation"], "validation photo")
    said = [f"Heads learned from {train}.", _rests_on(photos["test"])]
    if photos.get("reestimated", photos["train"]) < photos["train"]:
        said.insert(1, f"Those that compare BatchNorm statistics learned from {photos['reestimated']:,} of them.")
    if any(one.get("cause") == OVER_FITTING for one in backbone["measurements"]):
        said.append(f"That of over-fitting rests on all training photos and {validation}.")
    return " ".join(said)


def _rests_on(tested: int) -> str:
    return f"The intervals rest on {counted(tested, 'test photo')}."


def stage_figure(backbone: Plain) -> Figure | None:
    """Linear probe after each stage: where the filters fit, and where they stop fitting."""
    stages = backbone["stages"]
    if not stages:
        return None
    shown = [Bar(one["stage"], one["accuracy"], one["interval"][0], one["interval"][1]) for one in stages]
    best = max(stages, key=lambda one: one["accuracy"])
    last = stages[-1]
    if best["stage"] == last["stage"]:
        words = "The last stage has the highest figure: its filters serve these photos as well as any before."
    elif any(one.get("cause") == "filters" and one["interval"][0] > 0 for one in backbone["measurements"]):
        words = (
            f"The highest figure is after {best['stage']}. The earlier stage that was best on validation photos beats "
            "the last one, photo by photo: the table above has the difference."
        )
    else:
        words = (
            f"The highest figure is after {best['stage']}. The earlier stage that was best on validation photos is not "
            "shown to beat the last one: the table above has the difference."
        )
    title = f"{backbone['recipe']}: linear probe after each stage"
    if photos := backbone.get("photos"):
        learned = f"The probes learned from {counted(photos['train'], 'training photo')}."
        words = " ".join([words, learned, _rests_on(photos["test"])])
    interactive = bars(shown, (), "test accuracy, %")
    return Figure(title, words, bar_chart(shown, (), title), interactive)


def learning_figure(curve: Plain) -> Figure:
    """Accuracy by number of training photos, and the fitted curve as far as twice as many."""
    points = curve["points"]
    x = [float(one["photos"]) for one in points]
    lines = [
        Line("accuracy", x, [100 * one["accuracy"] for one in points], 0),
        Line("95% interval, low", x, [100 * one["interval"][0] for one in points], 0, dashed=True),
        Line("95% interval, high", x, [100 * one["interval"][1] for one in points], 0, dashed=True),
    ]
    if curve["exponent"]:
        further = np.geomspace(x[0], 2 * x[-1], FITTED_POINTS)
        fitted = 100 * (1 - curve["scale"] * further ** -curve["exponent"])
        lines.append(Line("fitted, to twice the photos", further.tolist(), fitted.tolist(), 1))
    title = f"{curve['recipe']}: accuracy by number of training photos"
    words = f"{curve['sentence']} Dashed: the 95% interval. The head is the linear one at its optimum."
    if len(points) == 1:
        words = f"{curve['sentence']} Outer points: the 95% interval. The head is the linear one at its optimum."
    if tested := curve.get("tested"):
        words = " ".join([words, _rests_on(tested)])
    axes = ("training photos", "accuracy, %")
    return Figure(title, words, line_chart(lines, (), title, axes), curves(lines, (), axes))


def robustness_figure(robustness: Plain, tested: int) -> Figure:
    """Accuracy under each disturbance at five strengths, of one trial.

    Args:
        robustness: As in robustness.json.
        tested: Test photos of the study, of which some were disturbed.
    """
    kinds, ends = robustness["kinds"], robustness.get("intervals", {})  # earlier versions measured none
    names = list(kinds)
    columns = ["none", *(str(number) for number in range(1, 6))]
    rows: Sequence[Sequence[float]] = [[robustness["clean"], *kinds[name]] for name in names]
    intervals = [[robustness["clean_interval"], *ends[name]] for name in ends]
    worst = min(names, key=lambda name: kinds[name][-1])
    title = f"{robustness['recipe']}: accuracy on disturbed photos"
    clean, mean = (_share(robustness[key], robustness.get(f"{key}_interval")) for key in ("clean", "mean"))
    lowest = _share(kinds[worst][-1], ends[worst][-1] if ends else None)
    words = (
        f"Undisturbed {clean}, mean over all disturbances {mean}. It bears {worst} least: {lowest} at the greatest "
        f"strength ({robustness['strengths'][worst][-1]:g} {robustness['units'][worst]}). "
        f"Of one trained network, on {robustness['photos']:,} of {counted(tested, 'test photo')}."
    )
    shown = [[f"{100 * share:.1f}%" for share in row] for row in rows]
    below = [[f"{100 * low:.0f}–{100 * high:.0f}" for low, high in row] for row in intervals]
    called, strengths = list(map(lettering, names)), list(map(lettering, columns))
    if below:
        words = " ".join(["Below each share: its 95% interval.", words])
        shown = [
            [f"{one}<br>{of}" for one, of in zip(row, under, strict=True)]
            for row, under in zip(shown, below, strict=True)
        ]
    interactive = cells(
        [[share**3 for share in row] for row in rows], shown, (called, strengths, ("disturbance", "strength"))
    )
    return Figure(title, words, share_table(rows, called, strengths, title, below), interactive)


def _share(value: float, interval: Sequence[float] | None) -> str:
    """In percent, with its interval if it has one."""
    if interval is None:
        return percent(value)
    return f"{percent(value)} (95% interval {100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
