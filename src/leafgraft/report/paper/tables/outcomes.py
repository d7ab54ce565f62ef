"""The tables of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leafgraft.records.display import counted
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents, elsewhere, of_places
from leafgraft.report.paper.tables.materials import floors_table, photos_table, settings_table, training_table
from leafgraft.report.paper.tables.table import NAME, Cell, Column, Estimate, Table
from leafgraft.report.paper.terms import OVERALL, Words

CAUSES = {
    "not_fitted": "head not fitted to its optimum",
    "capacity": "too little capacity",
    "filters": "filters that do not fit",
    "over_fitting": "over-fitting",
    "shift": "batch-norm shift",
}


def paper_tables(contents: PaperContents) -> list[Table]:
    """All tables that the study has rows for."""
    made = [build(contents) for build in BUILDERS]
    return [table for table in made if table.rows]


def recipes_table(contents: PaperContents) -> Table:
    """Test figures of every recipe."""
    caption = (
        "Test figures of every recipe with 95% intervals. Trained recipes of one tier are not told apart by these "
        "photos."
    )
    columns = (
        NAME,
        Column("tier", "tier", "count"),
        Column("seeds", "seeds", "count"),
        Column("accuracy", "accuracy", "percent", interval=True),
        Column("macro_f1", "macro-F1", "share", interval=True),
        Column("balanced_accuracy", "balanced accuracy", "percent", interval=True),
    )
    figures = ("accuracy", "macro_f1", "balanced_accuracy")
    rows = [[one["name"], one["tier"], one["seeds"], *figures_of(one, figures)] for one in contents.ranked]
    return Table("recipes", caption, columns, rows)


def calibration_table(contents: PaperContents) -> Table:
    """How sure every recipe is, and what it costs."""
    caption = (
        "How far the confidence of every recipe can be trusted on the test photos, with 95% intervals, and its size."
    )
    columns = (
        NAME,
        Column("log_loss", "log loss", "share", interval=True),
        Column("calibration_error", "calibration error", "share", interval=True),
        Column("mean_confidence", "mean confidence", "share", interval=True),
        Column("gigaflops", "GFLOPs a photo", "number"),
        Column("megabytes", "MB", "number"),
    )
    figures = ("log_loss", "calibration_error", "mean_confidence")
    rows: list[list[Cell]] = []
    for one in contents.ranked:
        cost = one.get("cost", {})
        rows.append([one["name"], *figures_of(one, figures), cost.get("gigaflops"), cost.get("megabytes")])
    return Table("calibration", caption, columns, rows)


def figures_of(of: Plain, names: Sequence[str]) -> list[Estimate | None]:
    """Figures of evaluation.json with their intervals; None where one has none."""
    intervals = {**of["intervals"], "accuracy": of["interval"]}
    return [Estimate(of[name], *intervals[name]) if name in intervals else None for name in names]


def pairs_table(contents: PaperContents) -> Table:
    """Differences of all pairs that were compared."""
    caption = (
        "Differences of test accuracy, A minus B, paired photo by photo. The interval and p are of each pair alone; "
        "the corrected p is to be read, as it allows for the other pairs."
    )
    columns = (
        Column("a", "recipe A"),
        Column("b", "recipe B"),
        Column("difference", "difference, points", "points", interval=True),
        Column("p", "p", "p"),
        Column("p_adjusted", "corrected p", "p"),
        Column("photos_needed", "photos needed", "count"),
    )
    rows = [
        [
            one["a"],
            one["b"],
            Estimate(one["difference"], *one["interval"]),
            one["p"],
            one["p_adjusted"],
            one["photos_needed"],
        ]
        for one in contents.evaluation["pairs"]
    ]
    return Table("pairs", caption, columns, rows)


def classes_table(contents: PaperContents) -> Table:
    """Figures of each class of the recommended recipe."""
    chosen = contents.recommended
    caption = f"Test figures by class of the recommended recipe, {chosen['name']}."
    intervals = chosen.get("per_class_intervals", {})
    if intervals:  # earlier versions measured none
        caption = f"Test figures by class of the recommended recipe, {chosen['name']}, with 95% intervals."
    measured = {"precision": "precision", "recall": "recall", "f1": "F1"}
    columns = (
        Column("class", "class"),
        *(Column(key, title, "share", interval=bool(intervals)) for key, title in measured.items()),
        Column("support", "test photos", "count"),
    )
    rows = [
        [name, *(_with(one[key], intervals.get(name, {}).get(key)) for key in measured), one["support"]]
        for name, one in chosen["per_class"].items()
    ]
    return Table("classes", caption, columns, rows)


def confusion_table(contents: PaperContents) -> Table:
    """True against predicted classes of the recommended recipe."""
    chosen, classes = contents.recommended, contents.evaluation["classes"]
    caption = (
        f"Test answers of the recommended recipe, {chosen['name']}, of all seeds: true classes in rows, predicted ones "
        "in columns."
    )
    columns = (
        Column("true_class", "true class"),
        *(Column(f"predicted_{name}", name, "count", is_name=True) for name in classes),
    )
    rows = [[name, *counts] for name, counts in zip(classes, chosen["confusion"], strict=True)]
    return Table("confusion", caption, columns, rows)


def elsewhere_table(contents: PaperContents) -> Table:
    """Accuracy in each place, and on each second folder."""
    rows = [
        [one["name"], place or Words(OVERALL), *_there(found)]
        for one in contents.ranked
        for place, found in elsewhere(one, contents.evaluation["rows"])
    ]
    confidences = [row[-2] for row in rows if row[-2] is not None]
    measured = [isinstance(one, Estimate) for one in confidences]
    caption = of_places(contents)
    if any(measured) and not all(measured):
        caption += " Where a mean confidence has no interval, an earlier version measured none."
    columns = (
        NAME,
        Column("place", "place"),
        Column("accuracy", "accuracy", "percent", interval=True),
        Column("balanced_accuracy", "balanced accuracy", "percent", interval=True),
        Column("mean_confidence", "mean confidence", "share", interval=any(measured)),
        Column("photos", "photos", "count"),
    )
    return Table("elsewhere", caption, columns, rows if contents.has_elsewhere else [])


def _there(found: Plain) -> list[Cell]:
    intervals = found.get("intervals", {})
    balanced = found["balanced_interval"] if "balanced_interval" in found else intervals["balanced_accuracy"]
    confidence = found.get("mean_confidence_interval", intervals.get("mean_confidence"))
    return [
        Estimate(found["accuracy"], *found["interval"]),
        Estimate(found["balanced_accuracy"], *balanced),
        _with(found["mean_confidence"], confidence),
        found["photos"] if "photos" in found else found["rows"],
    ]


def _with(value: float | None, interval: Sequence[float] | None) -> Cell:
    """A figure with its interval, or alone where earlier versions measured none."""
    return value if value is None or interval is None else Estimate(value, *interval)


def learning_table(contents: PaperContents) -> Table:
    """Accuracy by number of training photos."""
    caption = (
        "Test accuracy of the best linear head on frozen features by number of training photos, with 95% intervals."
    )
    columns = (
        NAME,
        Column("training_photos", "training photos", "count"),
        Column("accuracy", "accuracy", "percent", interval=True),
    )
    rows = [
        [curve["recipe"], point["photos"], Estimate(point["accuracy"], *point["interval"])]
        for curve in contents.curves
        for point in curve["points"]
    ]
    return Table("learning_curve", caption, columns, rows)


def causes_table(contents: PaperContents) -> Table:
    """What each cause costs a frozen recipe."""
    caption = (
        "What may hold frozen recipes back, in points of test accuracy, with 95% intervals. Of over-fitting: accuracy "
        "on training photos less that on validation photos."
    )
    columns = (NAME, Column("cause", "cause"), Column("points", "points lost", "points", interval=True))
    rows = [
        [of["recipe"], Words(CAUSES[one["cause"]]), Estimate(one["value"], *one["interval"])]
        for of in contents.causes
        for one in of["measurements"]
    ]
    return Table("causes", caption, columns, rows)


def disturbed_table(contents: PaperContents) -> Table:
    """Accuracy on disturbed photos, by strength."""
    found = contents.disturbed
    name, photos, tested = found.get("recipe", ""), found.get("photos", 0), contents.evaluation["rows"]
    caption = (
        f"Accuracy of one trained network, {name}, on {photos:,} of {counted(tested, 'test photo')} that were "
        "disturbed, by strength, in percent."
    )
    intervals = found.get("intervals", {})
    if intervals:  # earlier versions measured none
        caption = (
            f"Accuracy of one trained network, {name}, on {photos:,} of {counted(tested, 'test photo')} that were "
            "disturbed, by strength, in percent, with 95% intervals."
        )
    strengths = range(1, 1 + len(next(iter(found.get("kinds", {"": ()}).values()))))
    has = bool(intervals)
    columns = (
        Column("disturbance", "disturbance"),
        Column("none", "none", "percent", interval=has, narrow=True),
        *(
            Column(f"strength_{number}", str(number), "percent", interval=has, is_name=True, narrow=True)
            for number in strengths
        ),
    )
    rows = [
        [
            Words(kind),
            _with(found["clean"], found.get("clean_interval")),
            *map(_with, accuracies, intervals.get(kind, [None] * len(accuracies))),
        ]
        for kind, accuracies in found.get("kinds", {}).items()
    ]
    return Table("disturbed", caption, columns, rows)


BUILDERS: tuple[Callable[[PaperContents], Table], ...] = (
    recipes_table,
    calibration_table,
    pairs_table,
    classes_table,
    confusion_table,
    elsewhere_table,
    floors_table,
    photos_table,
    settings_table,
    training_table,
    learning_table,
    causes_table,
    disturbed_table,
)
