"""`leafgraft compare`: compare predictions from anywhere, or the recipes of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leafgraft.data.read.manifest import read_manifest
from leafgraft.data.read.spelling import from_home
from leafgraft.errors import UsageError
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.predictions.common_photos import join_groups, keep_common
from leafgraft.evaluation.predictions.predictions_files import PredictionsFile, name_files, read_files, seeds_taken
from leafgraft.evaluation.predictions.reading.label_files import has_label_files
from leafgraft.records.display import counted, extent, html_claims, html_table, recipe_rows, second_folders
from leafgraft.records.evaluation import DidNotLearn, Evaluation
from leafgraft.records.finding import floors_from_json
from leafgraft.records.photo import Photo
from leafgraft.records.split import splits_from_json
from leafgraft.storage.files.pages import check_page, write_editions
from leafgraft.storage.predictions import read_predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.study.commands.paths import check_compared
from leafgraft.study.earlier_run import is_judged


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison says.

    Attributes:
        evaluation: As in evaluation.json.
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


def compare(files: Sequence[str], *, html: Path | None = None, seeds_by_name: bool = True) -> Comparison:
    """Say which of several recipes are really better.

    Args:
        files: Study folders, predictions files of ours, and files of other tools.
        html: Where to write a page, if anywhere.
        seeds_by_name: Whether files named ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe.

    Raises:
        PredictionsError: A file is not there, is malformed, or does not match the others.
        StudyFolderError: A trial of a study folder was damaged since it was written.
        UsageError: `html` names a file that is no page.
    """
    if html:
        check_page(html)
    check_compared(files)
    paths = [from_home(Path(name)) for name in files]
    folders = [path for path in paths if path.is_dir() and not has_label_files(path)]
    names = _names_before([*folders, *(study for path in paths if (study := _study_of(path)))])
    studies = _open_studies(folders, names)
    of_studies = [file for before, study in studies.items() for file in _trials_of(study, before)]
    own = [file for path in paths if (file := _trial_named(path, names))]
    taken = [study.path for study in studies.values()] + [file.path for file in own]
    named = name_files([path for path in paths if path not in taken], seeds_by_name=seeds_by_name)
    photos = [(photo.path, photo.photo_id) for study in studies.values() for photo in _photos_of(study)]
    recipes, read_how = read_files([*of_studies, *own, *named], photos)
    from leafgraft.evaluation.statements.claims import comparison_sentences  # noqa: PLC0415 - faulty files need no scipy

    source = {file.name: file.study for file in (*of_studies, *own)}
    several = len(set(source.values())) > 1
    called = {photo_id: path for path, photo_id in photos}
    recipes, overlap = keep_common(recipes, source if several else {}, called)
    recipes = join_groups(recipes) if several else recipes
    known = _judged_recipes(studies)
    evaluation = _evaluate(recipes, of_studies, studies, known, alone=not [*own, *named])
    found = comparison_sentences(evaluation)
    korean = found.in_korean()
    notes = (*seeds_taken(named), *read_how, *overlap, *_only_answers(evaluation))
    compared = Comparison(
        _told(evaluation, known),
        claims=found.claims,
        refused=found.refused,
        claims_ko=korean.claims,
        refused_ko=korean.refused,
        notes=(*notes, *(note for study in studies.values() for note in _left_out(study))),
    )
    if html:
        from leafgraft.report.page import build_comparison_page  # noqa: PLC0415 - plotly takes a second to import

        shown = compared.evaluation, compared.sentences, compared.notes
        write_editions(html, lambda edition: build_comparison_page(*shown, edition))
    return compared


def _names_before(folders: Sequence[Path]) -> dict[Path, str]:
    """What stands before the names of a study's recipes, by its folder: nothing of one, else the folder's name."""
    written = {path.resolve(): path for path in folders}
    names = [path.name for path in written]
    whole = {path: str(given) if names.count(path.name) > 1 else path.name for path, given in written.items()}
    return {path: f"{name}: " if len(whole) > 1 else "" for path, name in whole.items()}


def _open_studies(paths: Sequence[Path], names: Mapping[Path, str]) -> dict[str, StudyFolder]:
    """Study folders by what stands before the names of their recipes."""
    if len({path.resolve() for path in paths}) < len(paths):
        named = ", ".join(str(path) for path in paths)
        raise UsageError("Each study must be named once.", f"Named were {named}.", "Name different folders.")
    studies = {names[path.resolve()]: StudyFolder(path) for path in paths}
    for study in studies.values():
        study.read_json("plan.json")
    return studies


def _judged_recipes(studies: Mapping[str, StudyFolder]) -> dict[str, dict[str, Any]]:
    """What studies found of their recipes, beside their answers, by the names that these have here."""
    return {
        before + one["name"]: {**one, "derived_from": [before + name for name in one.get("derived_from", ())]}
        for before, study in studies.items()
        if is_judged(study)
        for one in study.read_json("evaluation.json")["recipes"]
    }


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


def _evaluate(
    recipes: Sequence[RecipePredictions],
    files: Sequence[PredictionsFile],
    studies: Mapping[str, StudyFolder],
    known: Mapping[str, Mapping[str, Any]],
    *,
    alone: bool,
) -> Evaluation:
    """Judge recipes, those of one study by its floors, and on its second folders: those of two may be other ones.

    Args:
        recipes: Of studies, and of any other files.
        files: Those of studies.
        studies: By what stands before the names of their recipes.
        known: What they found of their recipes.
        alone: No other file stands beside the studies.
    """
    from leafgraft.evaluation.evaluate import evaluate  # noqa: PLC0415 - faulty files need no scipy

    tested = {_tested_places(study) for study in studies.values()} if alone else set()
    left_out, untrained = tested.pop() if len(tested) == 1 else ((), None)
    floors: dict[str, dict[str, Any]] = {}
    recipes = [_as_in_its_study(one, known.get(one.name, {})) for one in recipes]
    if alone and len(studies) == 1:
        (study,) = studies.values()
        floors = study.read_json("audit.json").get("floors", {}) if study.has("audit.json") else {}
        recipes = _with_second(recipes, files, known)
    return evaluate(recipes, floors_from_json(floors), left_out=left_out, untrained=untrained)


def _told(evaluation: Evaluation, known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The evaluation as JSON, with the recipes marked that were added after test figures of others were seen."""
    from leafgraft.evaluation.evaluate import evaluation_to_json  # noqa: PLC0415 - faulty files need no scipy

    return evaluation_to_json(evaluation, {name for name, one in known.items() if one.get("seen_after_test")})


def _tested_places(folder: StudyFolder) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Places that a study left out in turn, and those that it tested and did not train on, where it says so."""
    if not folder.has("splits.json"):
        return (), None
    splits = splits_from_json(folder.read_json("splits.json"))
    return splits.left_out, splits.untrained(_photos_of(folder))


def _trials_of(folder: StudyFolder, before: str) -> list[PredictionsFile]:
    """Predictions of the finished trials that the plan names now, and of what was made of them; names are today's."""
    trials = folder.read_json("plan.json")["trials"]
    found = [one for one in trials if folder.trial(one["key"]).has_mark()]
    if not found:
        raise UsageError(f"'{folder.path}' must hold finished trials.", "It holds none.", "Run the study first.")
    derived = folder.read_json("evaluation.json").get("derived", {}) if is_judged(folder) else {}
    for key, name in derived.items():
        info = folder.trial(key).read_info()
        found.append({"key": key, "recipe": name, "seed": info["seed"], "fold": info["fold"]})
    for one in found:
        folder.trial(one["key"]).check()
    of = before.removesuffix(": ") or str(folder.path)
    return [
        PredictionsFile(folder.trial(one["key"]).predictions, before + one["recipe"], one["seed"], one["fold"], of)
        for one in found
    ]


def _study_of(path: Path) -> Path | None:
    """The study folder that a predictions file lies in; None for any other."""
    study = path.parent.parent.parent
    of_trial = path.name == "predictions.npz" and path.parent.parent.name == "trials"
    return study if of_trial and (study / "plan.json").is_file() else None


def _trial_named(path: Path, names: Mapping[Path, str]) -> PredictionsFile | None:
    """A predictions file within a study folder, called as the plan calls it; None for any other."""
    study = _study_of(path)
    trials = StudyFolder(study).read_json("plan.json")["trials"] if study else []
    of_key = [one for one in trials if one["key"] == path.parent.name]
    if not study or not of_key:
        return None
    before, one = names[study.resolve()], of_key[0]
    of = before.removesuffix(": ") or str(study)
    return PredictionsFile(path, before + one["recipe"], one["seed"], one["fold"], of)


def _photos_of(folder: StudyFolder) -> Sequence[Photo]:
    return read_manifest(folder.file("manifest.csv"), "").photos


def _left_out(folder: StudyFolder) -> list[str]:
    """What lies in the study folder and is not compared."""
    planned = {one["key"] for one in folder.read_json("plan.json")["trials"]}
    begun = [key for key in sorted(planned) if not folder.trial(key).has_mark()]
    found = [path.name for path in sorted((folder.path / "trials").iterdir()) if (path / "done").is_file()]
    stale = [key for key in found if key not in planned and not folder.trial(key).read_info().get("derived_from")]
    notes = []
    if stale:
        what = counted(len(stale), "finished trial is", "finished trials are")
        notes.append(f"'{folder.path}': {what} not in the study any more and left out: {', '.join(stale)}.")
    if begun:
        notes.append(f"'{folder.path}': {counted(len(begun), 'trial is', 'trials are')} not finished and left out.")
    return notes


def _only_answers(evaluation: Evaluation) -> list[str]:
    """Of which recipes no probabilities are known, and what is not known for that."""
    names = [one.name for one in evaluation.recipes if one.log_loss is None]
    if not names:
        return []
    return [f"Not known of {', '.join(names)}: log loss, calibration error and confidence; the answers alone are told."]
