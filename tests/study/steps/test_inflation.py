"""The inflation of a study, where leaves are too few to be kept together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np

from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import SplitPlan
from leafgraft.study.context import StudyContext
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.evaluation import _inflation

if TYPE_CHECKING:
    from .conftest import Talk


def test_it_is_not_measured_where_a_class_has_two_leaves_and_that_is_said(looking: Looking) -> None:
    leaf_of = [(label, row // (20 if label == "rust" else 2)) for label in ("early", "rust") for row in range(40)]
    photos = tuple(
        Photo(f"{row:016x}", f"{row}.jpg", label, 9, 9, f"{label} {leaf}") for row, (label, leaf) in enumerate(leaf_of)
    )
    study = SimpleNamespace(split=SplitPlan(keep_groups=False))
    features = np.zeros((len(photos), 4), dtype=np.float32)
    context = SimpleNamespace(
        home=SimpleNamespace(manifest=Manifest("leaves", photos)),
        study=study,
        features=lambda: features,
        cache=looking.cache,
        progress=looking.progress,
    )
    assert _inflation(cast("StudyContext", context), "") is None
    (said,) = cast("Talk", looking.progress).lines
    assert said.startswith("The inflation by leaks is not measured, as leaves cannot be kept together: Class 'rust'")
