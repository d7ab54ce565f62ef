"""Only what all recipes answered: of overlapping sets of test photos the common ones, and it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions
from leafgraft.records.disjoint_sets import root_of
from leafgraft.records.display import counted, first_of

SHOWN = 3


def keep_common(
    recipes: Sequence[RecipePredictions], source: Mapping[str, str], called: Mapping[str, str] | None = None
) -> tuple[tuple[RecipePredictions, ...], tuple[str, ...]]:
    """Keep the test photos that every recipe has answered with each of its seeds.

    Args:
        recipes: Recipes with at least one trial each; the folds of a seed count together.
        source: Study that a recipe is of, by its name, if there are several; their validation rows are then dropped.
        called: Names that a person knows photos by, by their ids.

    Returns:
        The recipes, and what was left out of which.

    Raises:
        PredictionsError: They have no photo in common.
    """
    photos: dict[str, set[str]] = {}
    for one in recipes:
        for called_so, of in _answered(one).items():
            key = source.get(one.name, called_so)
            photos[key] = photos.get(key, of) & of
    common = set.intersection(*photos.values())
    if not common and all(photos.values()):
        raise _different(photos, called or {})
    if all(of == common for of in photos.values()):
        if not source:
            return tuple(recipes), ()
        notes = [f"The same {counted(len(common), 'test photo')} in all: {', '.join(photos)}."]
    else:
        notes = _left_out(photos, common, called or {})
    kept = np.array(sorted(common))
    return tuple(_only(one, kept) for one in recipes), tuple(notes)


def _answered(recipe: RecipePredictions) -> dict[str, set[str]]:
    """Test photos of a recipe, or of each of its seeds by ``NAME-s0``, ``NAME-s1``, ... where these differ."""
    by_seed: dict[int, set[str]] = {}
    for trial in recipe.trials:
        by_seed.setdefault(trial.seed, set()).update(trial.predictions.rows("test").photo_id.tolist())
    first, *more = by_seed.values()
    if all(of == first for of in more):
        return {recipe.name: first}
    return {f"{recipe.name}-s{seed}": of for seed, of in by_seed.items()}


def _only(recipe: RecipePredictions, photos: NDArray[np.str_]) -> RecipePredictions:
    trials = []
    for trial in recipe.trials:
        rows = trial.predictions.rows("test")
        trials.append(replace(trial, predictions=rows.only(np.isin(rows.photo_id, photos))))
    return replace(recipe, trials=tuple(trials))


def _different(photos: Mapping[str, set[str]], called: Mapping[str, str]) -> PredictionsError:
    names = list(photos)
    first, other = names[0], next((one for one in names[1:] if not photos[one] & photos[names[0]]), names[-1])
    said = [f"'{one}' has {_some(photos[one], called)}" for one in (first, other)]
    return PredictionsError(
        f"'{first}' and '{other}' must hold the same photos, at least in part.",
        f"None is in all of them: {'; '.join(said)}.",
        "Predict the same test photos with both; between tools, names may differ in folders and endings only.",
    )


def _left_out(photos: Mapping[str, set[str]], common: set[str], called: Mapping[str, str]) -> list[str]:
    """How many photos each has, and which are left out."""
    counts = ", ".join(f"{name} {len(of):,}" for name, of in photos.items())
    kept = "1 is in all of them, and only it is compared"
    if len(common) != 1:
        kept = f"{len(common):,} are in all of them, and only these are compared"
    return [
        f"Test photos: {counts}; {kept}.",
        *(
            f"Left out of {name}: {len(of - common):,} ({_some(of - common, called)})."
            for name, of in photos.items()
            if of - common
        ),
    ]


def _some(photos: set[str], called: Mapping[str, str]) -> str:
    return first_of(sorted(called.get(one, one) for one in photos), SHOWN)


def join_groups(recipes: Sequence[RecipePredictions]) -> tuple[RecipePredictions, ...]:
    """Put photos into one group that any of the recipes has in one group: two studies may know of different pairs.

    Args:
        recipes: Recipes that call photos by the same ids.
    """
    above: dict[str, str] = {}
    first_of_group: dict[tuple[str, str], str] = {}
    for recipe in recipes:
        for trial in recipe.trials:
            for photo, group in zip(trial.predictions.photo_id.tolist(), trial.predictions.group.tolist(), strict=True):
                other = first_of_group.setdefault((recipe.name, group), photo)
                above[root_of(above, photo)] = root_of(above, other)
    joined = []
    for recipe in recipes:
        trials = []
        for trial in recipe.trials:
            rows = trial.predictions
            group_of = {photo: root_of(above, photo) for photo in rows.photo_id.tolist()}
            trials.append(replace(trial, predictions=rows.grouped(group_of)))
        joined.append(replace(recipe, trials=tuple(trials)))
    return tuple(joined)
