"""What can be known to fail is said before the first photo is read, not after hours of training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leafgraft.choices.backbones.build import build_backbone
from leafgraft.choices.lazy import np
from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.menu import phases as phases_of
from leafgraft.choices.resolve import resolve
from leafgraft.errors import CombinationError, MenuError, PhotosError, StudyFileError
from leafgraft.records.display import counted, in_yaml
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, SmallFirst
from leafgraft.records.split import Splits
from leafgraft.records.strategy import Phase
from leafgraft.records.study import Ensemble, Study
from leafgraft.records.tuning import Tuned, extremes

if TYPE_CHECKING:
    from leafgraft.choices.backbones.backbone import Backbone  # brings torch

ALIKE = ("backbone", "weights", "image_size", "head")  # in networks whose weights are averaged


def check_networks(recipes: Sequence[Recipe], epochs: int, progress: Progress) -> None:
    """Have every network at hand with its weights, and every strategy fit its stages; say what has no effect.

    Raises:
        MenuError: A strategy needs more stages than its backbone has, or a network cannot take its image size.
        WeightsError: Weights cannot be had, or do not fit.
    """
    by_network: dict[tuple[str, str, int], list[Recipe]] = {}
    for recipe in recipes:
        by_network.setdefault((recipe.backbone.name, recipe.weights, recipe.image_size), []).append(recipe)
    with progress.task("Weights", len(by_network)) as advance:
        for of_network in by_network.values():
            first = of_network[0]
            backbone = build_backbone(first.backbone, first.weights, first.image_size)
            for recipe in of_network:
                phases = phases_of(recipe.strategy, backbone.stage_names)
                if recipe.small_first:
                    _check_small_first(recipe, recipe.small_first, phases, backbone)
                learning = _say_what_never_learns(recipe.name, phases, epochs, progress)
                if recipe.batch_norm == "fixed" and not backbone.has_batch_norm(learning):
                    progress.say(
                        f"batch_norm: fixed changes nothing in {recipe.name}, as no batch normalisation learns there."
                    )
            advance(1)


def _say_what_never_learns(name: str, phases: Sequence[Phase], epochs: int, progress: Progress) -> set[str]:
    """Say which stages a strategy unfreezes only after the last epoch; those that learn before."""
    learning = {stage for phase in phases if phase.from_epoch < epochs for stage in phase.learning}
    never = [stage for stage in phases[-1].learning if stage not in learning]
    if never and not learning:
        first = next(phase.from_epoch for phase in phases if phase.learning)
        progress.say(f"{name} unfreezes after {counted(first, 'epoch')}, and there are {epochs}: it stays frozen.")
    elif never:
        progress.say(f"{name} does not unfreeze all in {epochs} epochs; these stages never learn: {', '.join(never)}.")
    return learning


def _check_small_first(recipe: Recipe, small: SmallFirst, phases: Sequence[Phase], backbone: Backbone) -> None:
    """Small photos must be learnt from, and fit the network.

    Raises:
        MenuError: They do not.
    """
    asked = f"image_size: {{first: {small.side_px}, ...}} needs"
    if not any(one.from_epoch < small.epochs and backbone.stage_names[0] in one.learning for one in phases):
        raise MenuError(
            f"{asked} epochs in which the whole network learns, within its first {small.epochs}.",
            f"{recipe.backbone.name} with strategy: {recipe.strategy.name} has none: frozen stages are computed once.",
            "Raise epochs, use another strategy, or write image_size as a number.",
        )
    if not backbone.takes(small.side_px):
        raise MenuError(
            f"{asked} a network that takes photos of several sizes.",
            f"{recipe.backbone.name} at {recipe.image_size} px does not take {small.side_px} px.",
            "Try a larger side, or write image_size as a number.",
        )


def check_tuning(study: Study) -> None:
    """Try every option, and both ends and the middle of every range, beside the first of all others.

    Raises:
        StudyFileError: A setting cannot be so, or a recipe has none to search for.
    """
    for tuned in study.tuned:
        for recipe in extremes(tuned):
            if recipe.solved:
                raise StudyFileError(
                    f"{tuned.tuning.where}: tune needs recipes that are trained.",
                    "probe solves for its head: its one setting, the penalty, is chosen on validation photos as it is.",
                    "Write probe in a block without tune.",
                )
            try:
                resolve(recipe)
            except CombinationError:
                continue  # the search finds out, and tries others
            except MenuError as error:
                hint = " Ranges of whole numbers are written {int: [low, high]}." if "whole" in error.asked else ""
                raise StudyFileError(error.asked, error.found, error.mend + hint) from error


def check_classes(manifest: Manifest) -> None:
    """Every class must have a photo that can be used: a model without it would answer another class in its place.

    Raises:
        PhotosError: One has none.
    """
    for name, reason in manifest.empty.items():
        others = [one for one in manifest.empty if one != name]
        raise PhotosError(
            f"Every class of '{manifest.root}' must have photos that can be read.",
            f"Class '{name}' has none: {reason}." + (f" Nor has {', '.join(others)}." if others else ""),
            "Mend them, or move the folder elsewhere; a study file leaves the class out with "
            f"exclude: [{in_yaml(name)}].",
        )


def check_losses(recipes: Sequence[Recipe], manifest: Manifest) -> None:
    """Build every loss for the classes at hand.

    Raises:
        MenuError: A loss has weights for another number of classes.
    """
    counts = Counter(photo.label for photo in manifest.photos)
    of_class = np.array([counts[name] for name in manifest.classes], dtype=np.int64)
    for recipe in recipes:
        build_loss(recipe.loss, of_class)


def check_balance(study: Study, manifest: Manifest, splits: Splits) -> None:
    """Places that are to count alike in training must be two or more.

    Raises:
        PhotosError: Photos have no place, or a fold trains on one alone.
    """
    searched = [recipe for tuned in study.tuned for recipe in extremes(tuned)]
    if not any(recipe.balance == "places" for recipe in (*study.recipes, *searched)):
        return
    place_of = {photo.photo_id: photo.place for photo in manifest.photos}
    for fold in splits.folds:
        places = {place_of[photo_id] for photo_id in fold.train} - {""}
        if len(places) < 2:
            found = f"All are of '{places.pop()}'" if places else "None has a place"
            without = f" while '{fold.left_out}' is left out" if fold.left_out else ""
            raise PhotosError(
                "balance: places needs training photos of two places or more.",
                f"{found}{without}.",
                "Write photos: {home: FOLDER, field: FOLDER}, or give the CSV a column place; or leave balance out.",
            )


def check_ensembles(study: Study, recipes: Sequence[Recipe]) -> None:
    """Find the members of every ensemble among the recipes.

    Args:
        study: The study.
        recipes: All of it, resolved and named; those of searches come last.

    Raises:
        StudyFileError: A named recipe is not in the study, there are fewer recipes than members, two ensembles are the
            same, or weights of networks that are not alike are to be averaged.
    """
    names = [recipe.name for recipe in recipes]
    searches = dict(zip(names[len(names) - len(study.tuned) :], study.tuned, strict=True))
    for name, count in Counter(wanted.name for wanted in study.ensembles).items():
        if count > 1:
            raise StudyFileError(
                "Every ensemble of a study must be another one.",
                f"'{name}' is there {count} times.",
                "Leave the others out under ensembles.",
            )
    for wanted in study.ensembles:
        if missing := missing_members(wanted, names):
            raise StudyFileError(
                "An ensemble must name recipes of its study.",
                f"There is no {', '.join(missing)}; there are {', '.join(names)}.",
                "Mend the names under ensembles.",
            )
        least = 2 if wanted.of == "all" else wanted.members
        if not isinstance(wanted.of, tuple) and len(names) < least:
            raise StudyFileError(
                f"An ensemble of {wanted.of} {least} needs as many recipes.",
                f"The study has {len(names)}.",
                "Lower members, add recipes, or leave the ensemble out.",
            )
        if wanted.average == "weights":
            of = [recipe for recipe in recipes if recipe.name in wanted.of]
            _check_alike(of, [searches[recipe.name] for recipe in of if recipe.name in searches])


def _check_alike(recipes: Sequence[Recipe], searches: Sequence[Tuned]) -> None:
    """Recipes whose weights can be averaged, whatever searches find: each weight of one has its like in the other.

    Raises:
        StudyFileError: They are not such.
    """
    first, second = recipes
    pairs = [(first, second), *((tuned.recipe, drawn) for tuned in searches for drawn in extremes(tuned))]
    keys = [key for key in ALIKE if any(getattr(one, key) != getattr(other, key) for one, other in pairs)]
    if keys:
        differing = ", ".join(key.replace("_", " ") for key in keys)
        found = f"'{first.name}' and '{second.name}' differ in {differing}."
        if searches:
            found = f"'{first.name}' and '{second.name}' may differ in {differing}, among which is searched."
        raise StudyFileError(
            "average: weights needs recipes with the same backbone, weights, image size and head.",
            found,
            "Name two others under of, or write average: probabilities.",
        )


def missing_members(wanted: Ensemble, names: Sequence[str]) -> list[str]:
    """Recipes that the ensemble names and that are not among `names`."""
    return [name for name in wanted.of if name not in names] if isinstance(wanted.of, tuple) else []
