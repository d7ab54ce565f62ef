"""Tables of what a study is made of: photos, floors, settings."""

from __future__ import annotations

from collections import Counter

from leafgraft.data.split import PARTS
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.tables.table import NAME, Cell, Column, Estimate, Table
from leafgraft.report.paper.terms import Words

USUAL = {"batch_norm": "train", "auxiliary": False, "small_first": None, "balance": "none"}


def floors_table(contents: PaperContents) -> Table:
    """Accuracies that need no leaf."""
    caption = "Accuracy that needs no leaf, with 95% intervals, by cross-validation on all photos."
    columns = (Column("floor", "floor"), Column("accuracy", "accuracy", "percent", interval=True))
    floors = sorted(contents.audit.get("floors", {}).items(), key=lambda one: -one[1]["accuracy"])
    rows: list[list[Cell]] = [
        [Words(name.replace("_", " ")), Estimate(one["accuracy"], *one["interval"])] for name, one in floors
    ]
    return Table("floors", caption, columns, rows)


def photos_table(contents: PaperContents) -> Table:
    """Photos of each class in each part of the split, and their leaves."""
    caption = "Photos by class and part, and their leaves."
    if len(contents.splits.folds) > 1:
        caption = "Photos by class and part of the first fold, and their leaves."
    columns = (
        Column("class", "class"),
        *(Column(part, part, "count") for part in PARTS),
        Column("photos", "total", "count"),
        Column("leaves", "leaves", "count"),
    )
    fold = contents.splits.folds[0]
    part_of = {photo_id: part for part in PARTS for photo_id in getattr(fold, part)}
    counts = Counter((photo.label, part_of.get(photo.photo_id, "")) for photo in contents.photos)
    leaves = Counter(label for label, _ in {(photo.label, photo.group) for photo in contents.photos})
    rows: list[list[Cell]] = []
    for name in sorted(leaves):
        of_class = sum(photo.label == name for photo in contents.photos)
        rows.append([name, *(counts[name, part] for part in PARTS), of_class, leaves[name]])
    return Table("photos", caption, columns, rows)


def settings_table(contents: PaperContents) -> Table:
    """Network, strategy and head of every trained recipe."""
    caption = "Network, strategy and head of every trained recipe."
    columns = (
        NAME,
        *(Column(name, name) for name in ("backbone", "weights", "strategy", "head")),
        Column("image_size", "image side, px", "count"),
        Column("parameters", "M parameters", "number"),
    )
    rows: list[list[Cell]] = []
    for name, infos in contents.trained.items():
        recipe, parameters = infos[0]["recipe"], infos[0]["parameters"] / 1e6
        strategy, head = _choice(recipe["strategy"]), _choice(recipe["head"])
        row = [name, recipe["backbone"]["name"], infos[0]["weights"], strategy, head]
        rows.append([*row, recipe["image_size"], parameters])
    return Table("settings", caption, columns, rows)


def training_table(contents: PaperContents) -> Table:
    """How every recipe was trained that learns epoch by epoch."""
    caption = "How recipes were trained. Epochs: those after which weights were kept, by seed and fold, counted from 1."
    columns = (
        NAME,
        *(Column(name, name) for name in ("loss", "optimizer", "scheduler", "augmentation")),
        Column("learning_rate", "learning rate", "number"),
        Column("epochs", "epochs"),
        Column("other", "other settings"),
    )
    rows: list[list[Cell]] = []
    for name, infos in contents.trained.items():
        recipe = infos[0]["recipe"]
        if recipe["strategy"]["name"] != "probe":
            how = [_choice(recipe[kind]) for kind in ("loss", "optimizer", "scheduler")]
            epochs = ", ".join(str(info["best_epoch"] + 1) for info in infos)
            changes = ", ".join(map(_choice, recipe["augmentation"]))
            other = ", ".join(f"{key}={recipe[key]}" for key, usual in USUAL.items() if recipe.get(key, usual) != usual)
            rows.append([name, *how, changes, recipe["learning_rate"], epochs, other])
    return Table("training", caption, columns, rows)


def _choice(choice: Plain) -> str:
    # With spaces: lines may break there.
    settings = ", ".join(f"{name} {value}" for name, value in choice["settings"].items())
    return f"{choice['name']} ({settings})" if settings else str(choice["name"])
