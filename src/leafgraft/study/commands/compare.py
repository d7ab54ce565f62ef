"""`leafgraft compare`: compare predictions from anywhere, or the recipes of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leafgraft.data.read.spelling import as_meant
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.predictions.common_photos import join_groups, keep_common
from leafgraft.evaluation.predictions.named_files import PredictionsFile, name_files, seeds_taken
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.evaluation.predictions.reading.label_files import has_label_files
from leafgraft.records.display import extent, html_claims, html_table, recipe_rows, second_folders
from leafgraft.records.evaluation import DidNotLearn, Evaluation, Making
from leafgraft.records.finding import floors_from_json
from leafgraft.storage.files.pages import check_page, write_editions
from leafgraft.storage.predictions import read_predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.study.commands.compared_studies import (
    floors_of,
    judged_recipes,
    leaves_of_training,
    left_out,
    names_before,
    not_shown,
    open_studies,
    photos_of,
    since_tested,
    solved_recipes,
    study_of,
    tested_places,
    trial_named,
    trials_of,
)
from leafgraft.study.commands.paths import check_compared


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison says.

    Attributes:
        evaluation: What evaluation.json would hold.
        claims: Sentences that a person may write.
        refused: Sentences that a person may not write.
        claims_ko: The claims in Korean.
        refused_ko: The refused sentences in Korean.
        notes: What was taken how, and what was left out: for the person, not for programs.
    """

    evaluation: dict[str, Any]
    claims: tuple[str, ...]
    refused: tuple[str, ...]
    claims_ko: tuple[str, ...]
    refused_ko: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> dict[str, tuple[str, ...]]:
        """All of them, by name."""
        return {name: getattr(self, name) for name in ("claims", "refused", "claims_ko", "refused_ko")}

    def __repr__(self) -> str:
        return f"Comparison({extent(self.evaluation)})"

    def _repr_html_(self) -> str:
        """Recipes and what may be said of them."""
        columns, rows = recipe_rows(self.evaluation["recipes"], intervals=True)
        return html_table(f"Comparison of {extent(self.evaluation)}", columns, rows) + html_claims(self.sentences)


def compare(
    files: str | Path | Sequence[str | Path], *, html: str | Path | None = None, seeds_by_name: bool = True
) -> Comparison:
    """Say which of several recipes are really better.

    Args:
        files: Study folders, predictions files of ours, and files of other tools; or one of them.
        html: File of the page to write; None for none.
        seeds_by_name: Whether files named ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe.

    Raises:
        PredictionsError: A file is not there, is malformed, or does not match the others.
        StudyFolderError: A trial of a study folder was damaged since it was written, or the page cannot be written.
        UsageError: `html` names a file that is no page.
    """
    page = None if html is None else as_meant(html)
    if page:
        check_page(page)
    paths = check_compared(files)
    folders = [path for path in paths if path.is_dir() and not has_label_files(path)]
    names = names_before([*folders, *(study for path in paths if (study := study_of(path)))])
    studies = open_studies(folders, names)
    of_studies = [file for before, study in studies.items() for file in trials_of(study, before)]
    own = [file for path in paths if (file := trial_named(path, names))]
    taken = [study.path for study in studies.values()] + [file.path for file in own]
    beside = {file.name for file in (*of_studies, *own)}
    named = name_files([path for path in paths if path not in taken], seeds_by_name=seeds_by_name, beside=beside)
    photos = [(photo.path, photo.photo_id) for study in studies.values() for photo in photos_of(study)]
    read, read_how = read_files([*of_studies, *own, *named], photos)
    from leafgraft.evaluation.evaluate import evaluation_to_json  # noqa: PLC0415 - faulty files need no scipy
    from leafgraft.evaluation.statements.claims import comparison_sentences  # noqa: PLC0415 - faulty files need no scipy

    source = {file.name: file.study for file in (*of_studies, *own)}
    several = len(set(source.values())) > 1
    called = {photo_id: path for path, photo_id in photos}
    recipes, overlap = keep_common(read, source if several else {}, called)
    recipes = join_groups(recipes) if several else recipes
    known = judged_recipes(studies)
    home = _home(studies, recipes, [one for one in read if one.name in source], alone=not [*own, *named])
    judged = [_as_in_its_study(one, known.get(one.name, {})) for one in _by_making(recipes, source, names, known)]
    judged = _with_second(judged, of_studies, known) if home else judged
    evaluation = _evaluate(judged, home, [] if own or named else list(studies.values()))
    seen_after_test = {name for name, one in known.items() if one.get("seen_after_test")}
    found = comparison_sentences(evaluation, seen_after_test, leaves_of_training(studies), since_tested(studies))
    korean = found.in_korean()
    seeds = seeds_taken(named) if seeds_by_name else []
    notes = (*seeds, *read_how, *overlap, *not_shown(studies, home), *_only_answers(evaluation))
    notes = (*notes, *(note for study in studies.values() for note in left_out(study)))
    sentences = found.claims, found.refused, korean.claims, korean.refused
    compared = Comparison(evaluation_to_json(evaluation, seen_after_test), *sentences, notes)
    if page:
        _write_page(page, compared)
    return compared


def _write_page(page: Path, compared: Comparison) -> None:
    from leafgraft.report.page import build_comparison_page  # noqa: PLC0415 - plotly takes a second to import

    shown = compared.evaluation, compared.sentences, compared.notes
    write_editions(page, lambda edition: build_comparison_page(*shown, edition))


def _as_in_its_study(recipe: RecipePredictions, known: Mapping[str, Any]) -> RecipePredictions:
    """With what its study found: how it learned, and what it is made of."""
    short = known.get("did_not_learn")
    return replace(
        recipe,
        did_not_learn=DidNotLearn(**short) if short else None,
        derived_from=tuple(known.get("derived_from", ())),
    )


def _on_second(
    files: Sequence[PredictionsFile], known: Mapping[str, Mapping[str, Any]], name: str
) -> dict[str, tuple[TrialPredictions, ...]]:
    """Predictions on a second folder by recipe, with the groups of the latest trial: earlier ones may hold others."""
    having = [one for one in files if name in known.get(one.name, {}).get("also_test", ())]
    paths = {one: TrialFolder(one.path.parent).also_test(name) for one in having}
    read = {one: read_predictions(path) for one, path in paths.items()}
    latest = read[max(having, key=lambda one: paths[one].stat().st_mtime_ns)]
    groups = dict(zip(latest.photo_id.tolist(), latest.group.tolist(), strict=True))
    found: dict[str, tuple[TrialPredictions, ...]] = {}
    for one, of in read.items():
        found[one.name] = (*found.get(one.name, ()), TrialPredictions(one.seed, one.fold, of.grouped(groups)))
    return found


def _with_second(
    recipes: Sequence[RecipePredictions], files: Sequence[PredictionsFile], known: Mapping[str, Mapping[str, Any]]
) -> list[RecipePredictions]:
    """With all second folders of their study."""
    second = {name: _on_second(files, known, name) for name in second_folders(known.values())}
    return [
        replace(one, also_test={name: of[one.name] for name, of in second.items() if one.name in of}) for one in recipes
    ]


def _by_making(
    recipes: Sequence[RecipePredictions],
    source: Mapping[str, str],
    names: Mapping[Path, str],
    known: Mapping[str, Mapping[str, Any]],
) -> list[RecipePredictions]:
    """With how each was made, as far as a study tells.

    Args:
        recipes: Recipes of studies, and of any other files.
        source: Study that a recipe is of, by its name.
        names: What stands before the names of a study's recipes, by its folder.
        known: What studies found of their recipes.
    """
    solved = solved_recipes(names)
    made: dict[str, Making] = {
        name: "solved" if solved.issuperset(known.get(name, {}).get("derived_from") or [name]) else "trained"
        for name in source
    }
    return [replace(one, making=made.get(one.name, "elsewhere")) for one in recipes]


def _home(
    studies: Mapping[str, StudyFolder],
    compared: Sequence[RecipePredictions],
    own: Sequence[RecipePredictions],
    *,
    alone: bool,
) -> StudyFolder | None:
    """The only study, where all of its test photos are compared: its floors and second folders hold then.

    Args:
        studies: All that are compared.
        compared: Recipes on the photos that are compared.
        own: Recipes of studies on all their photos.
        alone: No other file stands beside the studies.
    """
    if len(studies) != 1:
        return None
    (study,) = studies.values()
    return study if alone or _tested(own) == _tested(compared) else None


def _tested(recipes: Sequence[RecipePredictions]) -> set[str]:
    trials = [trial for one in recipes for trial in one.trials]
    return {photo for trial in trials for photo in trial.predictions.rows("test").photo_id.tolist()}


def _evaluate(
    recipes: Sequence[RecipePredictions], home: StudyFolder | None, alone: Sequence[StudyFolder]
) -> Evaluation:
    """Judge recipes.

    Args:
        recipes: Recipes of studies, and of any other files.
        home: The study whose floors hold for all of them, if there is one.
        alone: All studies, where no other file stands beside them: then it is known where recipes were trained.
    """
    from leafgraft.evaluation.evaluate import evaluate  # noqa: PLC0415 - faulty files need no scipy

    tested = {tested_places(study) for study in alone}
    left_out, untrained = tested.pop() if len(tested) == 1 else ((), None)
    floors = floors_from_json(floors_of(home) if home else {})
    return evaluate(recipes, floors, left_out=left_out, untrained=untrained)


def _only_answers(evaluation: Evaluation) -> list[str]:
    """Of which recipes no probabilities are known, and what is not known for that."""
    names = [one.name for one in evaluation.recipes if one.log_loss is None]
    if not names:
        return []
    return [f"Not known of {', '.join(names)}: log loss, calibration error and confidence; the answers alone are told."]
