"""leafgraft as a program of tests: presets are one tiny network of random weights, and phones find it on 127.0.0.1."""

from __future__ import annotations

import sys
from dataclasses import replace

from leafgraft.cli import delivering
from leafgraft.records.recipe import Choice
from leafgraft.records.study import Study
from leafgraft.storage import study_file

whole = study_file.study_for_photos


def small(photos: str, preset: str = "minutes") -> Study:
    """A preset of seconds; that of an hour learns on until it is stopped."""
    study = whole(photos, preset)
    strategy = Choice("full" if preset == "hour" else "probe")
    recipe = replace(study.recipes[0], backbone=Choice("squeezenet1_1"), strategy=strategy, head=Choice("linear"))
    recipe = replace(recipe, image_size=32, weights="none", augmentation=())
    endless = {"epochs": 500, "patience": 500} if preset == "hour" else {"epochs": 1, "patience": 1}
    return replace(study, recipes=(recipe,), training=replace(study.training, seeds=(0,), **endless))


study_file.study_for_photos = small
delivering.network_address = lambda: "127.0.0.1"

if __name__ == "__main__":
    from leafgraft.cli import main
    from leafgraft.web.opening import children

    children.PROGRAM = (sys.executable, __file__)
    main()
