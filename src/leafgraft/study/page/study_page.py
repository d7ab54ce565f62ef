"""The page of a study, from its files alone."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft import __version__
from leafgraft.data.read.manifest import read_manifest
from leafgraft.languages.editions import editions
from leafgraft.languages.speaking import Name
from leafgraft.records.display import counted
from leafgraft.records.photo import Manifest
from leafgraft.records.split import splits_from_json
from leafgraft.report.contents import Architecture, PageContents, TrialHistory, WrongPhotos, versions_of
from leafgraft.report.page import build_page
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_folder import StudyFolder, read_csv
from leafgraft.study.costs import COSTS, with_times
from leafgraft.study.earlier_run import trials_of_verdict
from leafgraft.study.page.contact_sheets import contact_sheets, wrong_photos
from leafgraft.study.page.search_page import TUNING, read_listed, read_rates

TEXT_COLUMNS = ("learning", "rates")
CURVES = "learning_curve.json"
ADDED_LATER = {"the diagnosis": "diagnosis.json", "learning curves": CURVES, "disturbed photos": "robustness.json"}


def write_page(folder: StudyFolder) -> Path:
    """Build report/index.html and its other languages from the files of a study folder; missing parts are marked.

    Args:
        folder: Folder of the study; its run.json says which trials could not be trained, and why there is no bundle.

    Raises:
        StudyFolderError: A file is missing or damaged.
    """
    plan = folder.read_json("plan.json")
    keys = [trial["key"] for trial in plan["trials"] if folder.trial(trial["key"]).has_mark()]
    for key in keys:
        folder.trial(key).check()
    infos = {key: folder.trial(key).read_info() for key in keys}
    names = {trial["key"]: trial["recipe"] for trial in plan["trials"]}
    resolved = folder.read_bytes("resolved.yaml").decode()
    run, splits = folder.read_json("run.json"), folder.read_json("splits.json")
    folder.read_bytes("manifest.csv")
    manifest, audit = read_manifest(folder.file("manifest.csv"), run["root"]), folder.read_json("audit.json")
    evaluation = _evaluation(folder, splits, manifest)
    optional = {
        name: folder.read_json(f"{name}.json") for name in ("diagnosis", "robustness") if folder.has(f"{name}.json")
    }
    bundle, export_failure = _bundle(folder, names), run.get("export_failure", "")
    contents = PageContents(
        name=run["name"],
        evaluation=evaluation,
        verdict=folder.read_json("verdict.json"),
        audit=audit,
        plan=plan,
        histories=[_history(folder, key, names[key], info) for key, info in infos.items()],
        architectures=_architectures(infos, names),
        wrong=_wrong_photos(folder, {key: names[key] for key in keys}, evaluation, manifest),
        sheets=contact_sheets(audit, manifest),
        facts=_facts(run, infos, splits, resolved),
        from_scratch=all(info["weights"] == "none" for info in infos.values()),
        failed=run.get("failed", {}),
        paths={photo.photo_id: photo.path for photo in manifest.photos},
        learning_curves=folder.read_json(CURVES)["curves"] if folder.has(CURVES) else (),
        bundle=bundle,
        missing=_missing(folder, bundle, export_failure),
        export_failure=export_failure,
        searches=read_listed(folder, TUNING, "searches"),
        rates=read_rates(folder),
        **optional,
    )
    for edition in editions(folder.report):
        folder.write_text(f"report/{edition.path.name}", build_page(contents, edition))
    return folder.report


def _evaluation(folder: StudyFolder, splits: Mapping[str, Any], manifest: Manifest) -> dict[str, Any]:
    """What evaluation.json says, with times; of which places were not trained on, earlier versions did not say."""
    told = with_times(folder.read_json("evaluation.json"), folder.read_json(COSTS))
    return {"untrained": list(splits_from_json(splits).untrained(manifest.photos)), **told}


def _missing(folder: StudyFolder, bundle: Mapping[str, Any], export_failure: str) -> tuple[str, ...]:
    """Parts of the page that a run adds after its first page, and that are not there yet."""
    there = {part: folder.has(file) for part, file in ADDED_LATER.items()}
    there["the bundle"] = bool(bundle or export_failure)
    return tuple(part for part, is_there in there.items() if not is_there)


def _bundle(folder: StudyFolder, names: Mapping[str, str]) -> dict[str, Any]:
    """What bundle.json says, without its long lists, its recipe called as it is now.

    Nothing if there is no bundle, or only that of a verdict of before.
    """
    path = folder.bundle / "bundle.json"
    if not path.is_file():
        return {}
    index = {key: value for key, value in read_json_file(path).items() if key != "training_features"}
    of_verdict = index["trial"] in _trials_of_verdict(folder)
    if not (of_verdict or index.get("named", True)):  # earlier versions did not say
        return {}
    return {**index, "recipe": names.get(index["trial"], index["recipe"])}


def _trials_of_verdict(folder: StudyFolder) -> set[str]:
    """The trial of the verdict, and the trials that it is made from."""
    key = folder.read_json("verdict.json")["trial"]
    return {key, *folder.trial(key).read_info().get("derived_from", ())}


def _history(folder: StudyFolder, key: str, name: str, info: Mapping[str, Any]) -> TrialHistory:
    rows = [
        {name: value if name in TEXT_COLUMNS else float(value) for name, value in row.items()}
        for row in read_csv(folder.trial(key).history)
    ]
    recipe = info["recipe"]
    harder_by = {
        "augmentation": bool(recipe["augmentation"]),
        "dropout": bool(recipe["head"]["settings"].get("dropout")),
        "label smoothing": bool(recipe["loss"]["settings"].get("label_smoothing")),
        "auxiliary heads": bool(recipe["auxiliary"]),
    }
    named = tuple(cause for cause, has in harder_by.items() if has)
    return TrialHistory(name, info["seed"], info["fold"], rows, info["phases"], info["best_epoch"], named)


def _wrong_photos(
    folder: StudyFolder, trained: Mapping[str, str], evaluation: Mapping[str, Any], manifest: Manifest
) -> WrongPhotos:
    """Test photos that the recommended recipe misses, and how many of all trained trials miss them too."""
    recommended = trials_of_verdict(trained, evaluation, folder.read_json("verdict.json"))
    for key in set(recommended) - set(trained):
        folder.trial(key).check()
    answers = {key: folder.trial(key).read_predictions() for key in {*trained, *recommended}}
    everyone = [answers[key] for key in trained]
    return wrong_photos([answers[key] for key in recommended], everyone, manifest, read_heat(folder))


def _architectures(infos: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> list[Architecture]:
    """One per recipe, from its first trial."""
    first: dict[str, Mapping[str, Any]] = {}
    for key, info in infos.items():
        first.setdefault(names[key], info)
    return [
        Architecture(
            recipe=name,
            stages=info["stages"],
            auxiliary_taps=info["auxiliary_taps"],
            phases=info["phases"],
            head=info["recipe"]["head"]["name"],
            parameters=info["parameters"],
            weights=_weights(info),
        )
        for name, info in first.items()
    ]


def _weights(info: Mapping[str, Any]) -> str:
    if info["weights"] == "none":
        return "random weights"
    return f"{info['weights']} weights ({info['identity']})"


def read_heat(folder: StudyFolder) -> dict[str, NDArray[np.float32]]:
    """Where the chosen network looked on photos it got wrong, by photo id."""
    if not folder.has("heat_maps.npz"):
        return {}
    with np.load(io.BytesIO(folder.read_bytes("heat_maps.npz")), allow_pickle=False) as file:
        return {str(one): heat.astype(np.float32) for one, heat in zip(file["photo_id"], file["heat"], strict=True)}


def _facts(
    run: Mapping[str, Any], infos: Mapping[str, Mapping[str, Any]], splits: Mapping[str, Any], resolved: str
) -> list[tuple[str, str]]:
    weights = sorted({f"{info['recipe']['backbone']['name']}: {_weights(info)}" for info in infos.values()})
    seconds = sum(float(info["train_seconds"]) for info in infos.values())
    return [
        ("Photos", Name(run["photos"])),
        ("Split", _split(splits)),
        (
            "Trials",
            f"{len(infos)}, seeds {sorted({info['seed'] for info in infos.values()})}, {seconds:,.0f} s of training",
        ),
        ("Weights", "; ".join(weights)),
        ("Views of training photos", _views(infos.values())),
        ("Device", ", ".join(dict.fromkeys(str(info["device"]) for info in infos.values()))),
        ("Versions", _versions(infos.values())),
        ("Date", run["date"]),
        *([("Kept from before", ", ".join(dict.fromkeys(run["kept"])))] if run.get("kept") else []),
        ("Study file", f"resolved.yaml beside this page's folder, {counted(len(resolved.splitlines()), 'line')}"),
    ]


def _versions(infos: Collection[Mapping[str, Any]]) -> str:
    """Of what trained (of leafgraft, trials of before 2026-12 do not say it), and of what made the page, if another."""
    torch, python, own = (versions_of(infos, name) for name in ("torch", "python", "leafgraft"))
    if own == __version__:
        return f"leafgraft {own}, torch {torch}, Python {python}"
    trained = f"leafgraft {own}, torch {torch}, Python {python}" if own else f"torch {torch}, Python {python}"
    return f"{trained}; this page is made with leafgraft {__version__}"


def _split(splits: Mapping[str, Any]) -> str:
    fold, folds = splits["folds"][0], len(splits["folds"])
    sizes = f"{len(fold['train']):,} train, {len(fold['validation']):,} validation, {len(fold['test']):,} test"
    how = "as the photos came" if splits["origin"] == "given" else f"drawn with seed {splits['seed']}"
    if splits.get("validation_drawn"):
        how = f"as the photos came, validation drawn from training with seed {splits['seed']}"
    kept = "leaves kept together" if splits["keep_groups"] else "leaves not kept together"
    return f"{sizes} ({how}, {kept}" + (f", {folds} folds)" if folds > 1 else ")")


def _views(infos: Iterable[Mapping[str, Any]]) -> str:
    changed = [info["training"]["views"] for info in infos if info["recipe"]["augmentation"]]
    if not changed:
        return "the plain photo only"
    return (
        f"{changed[0]} recorded views while stages are frozen, new ones in each epoch otherwise"
        if changed[0]
        else "plain while frozen"
    )
