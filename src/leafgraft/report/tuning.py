"""Figures of a search and of the rate finder."""

from __future__ import annotations

from itertools import accumulate
from math import log10
from statistics import median

from leafgraft.records.display import counted
from leafgraft.report.contents import Plain
from leafgraft.report.figures import Figure
from leafgraft.report.interactive import curves
from leafgraft.report.svg import Line, line_chart

HIGHEST = 4  # times as far above the lowest loss as the median is: what lies higher is drawn there


def history_figure(search: Plain) -> Figure:
    """Validation loss of every trial in order, and the lowest so far."""
    complete = [one for one in search["trials"] if one["state"] == "complete"]
    losses = [one["loss"] for one in complete]
    best = min(complete, key=lambda one: (one["loss"], one["number"]))
    most = best["loss"] + HIGHEST * (median(losses) - best["loss"])
    drawn = [min(loss, most) for loss in losses]
    x = [float(one["number"] + 1) for one in complete]
    lines = [Line("trained to the end", x, drawn, 0), Line("lowest so far", x, list(accumulate(drawn, min)), 1)]
    words = (
        f"{counted(len(search['trials']), 'setting')} tried: {search['complete']:,} trained to the end, "
        f"{search['pruned']:,} given up early because they lagged behind, {search['failed']:,} failed. The lowest "
        f"validation loss, {best['loss']:.4f}, came with number {best['number'] + 1:,}."
    )
    if drawn != losses:
        words += f" Losses above {most:.2f} are drawn there."
    title = f"{search['recipe']}: validation loss of every trial"
    axes = ("trial", "validation loss")
    return Figure(title, words, line_chart(lines, (), title, axes), curves(lines, (), axes))


def rate_figure(found: Plain) -> Figure:
    """Loss at each rate."""
    lines = [Line("training loss, smoothed", [log10(rate) for rate in found["rates"]], found["losses"], 0)]
    suggested = found["suggested"]
    marks = [(log10(suggested), f"{suggested:.2g}")] if suggested else []
    words = "The loss falls at no rate: a larger batch may help."
    if suggested:
        words = f"The loss falls steepest at a rate of {suggested:.2g}: a peak rate to begin with."
        valley = found.get("valley")  # None of a folder of an earlier version
        words += f" The middle of its longest fall, which fastai suggests, is at {valley:.2g}." if valley else ""
    title = f"{found['recipe']}: loss by learning rate"
    axes = ("learning rate, power of ten", "loss")
    return Figure(title, words, line_chart(lines, marks, title, axes), curves(lines, marks, axes))
