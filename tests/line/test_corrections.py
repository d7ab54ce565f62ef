"""A study that is run again with corrections: the same folder, the same split, new trials, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import leafgraft
from heard import Heard
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.errors import PhotosError, StudyFolderError
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.plan import plan
from leafgraft.study.commands.report import report

STUDY = """
photos: leaves
image_size: 32
weights: none
training: {epochs: 1, patience: 1, batch_size: 16, views: 1, seeds: [0]}
recipes: [{backbone: squeezenet1_1, strategy: frozen}]
"""


class Study:
    """A small study on drawn leaves."""

    def __init__(self, home: Path) -> None:
        self.file, self.folder, self.corrections = home / "study.yaml", StudyFolder(home / "out"), home / "c.csv"
        draw_sample(home / "leaves", photos_per_class=24, side=48, seed=0)
        self.file.write_text(STUDY, encoding="utf-8")

    def correct(self, *lines: str) -> None:
        self.corrections.write_text("\n".join(["path,label,group,action,labeller", *lines]), encoding="utf-8")

    def run(self, corrections: Path | None = None, until: str = "training") -> list[str]:
        heard = Heard()
        leafgraft.run(str(self.file), out=self.folder.path, corrections=corrections, until=until, progress=heard)
        return heard.lines

    @property
    def keys(self) -> list[str]:
        return [one["key"] for one in self.folder.read_json("plan.json")["trials"]]

    def paths_of(self, part: str) -> list[str]:
        path_of = {row[0]: row[1] for row in (line.split(",") for line in self.manifest)}
        return [path_of[one] for one in self.folder.read_json("splits.json")["folds"][0][part]]

    @property
    def manifest(self) -> list[str]:
        return self.folder.file("manifest.csv").read_text(encoding="utf-8").splitlines()[1:]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(tmp_path_factory.mktemp("corrected"))


def test_a_corrected_study_goes_on_in_its_folder(study: Study) -> None:
    study.run()
    (before,), tested, trained = study.keys, study.paths_of("test"), study.paths_of("train")
    as_they_came = study.folder.read_json("plan.json")["tested"]
    wrong, bad = tested[0], tested[-1]
    other = next(path.split("/")[0] for path in trained if path.split("/")[0] != wrong.split("/")[0])
    study.correct(f"{wrong},{other},,relabel,Ana", f"{bad},,,exclude,Ben", f"{trained[0]},,,keep,Ana")
    planned = plan(str(study.file), corrections=study.corrections)
    assert (planned["corrections"]["relabel"], planned["corrections"]["test_labels_changed"]) == (1, 1)
    lines = study.run(study.corrections)
    (after,) = study.keys
    assert after != before
    assert f"1 trial is stale: {before}; trained before labels" in " ".join(lines)
    assert study.folder.read_json("plan.json")["stale"] == [before]
    assert study.folder.trial(after).has_mark()
    assert study.paths_of("train") == trained
    assert study.paths_of("test") == tested[:-1]
    assert study.folder.read_json("plan.json")["tested"] == as_they_came
    assert any(f",{wrong},{other}," in line for line in study.manifest)
    told = study.folder.read_json("audit.json")["corrections"]
    assert (told["relabel"], told["exclude"], told["keep"], told["by"]) == (1, 1, 1, {"Ana": 2, "Ben": 1})
    assert (told["test_labels_changed"], told["test_photos_excluded"]) == (1, 1)
    assert [row["tested"] for row in told["rows"]] == [True, True, False]
    assert any("cannot be compared with those from before the corrections" in line for line in lines)
    assert not any("stale" in line for line in study.run(study.corrections))
    lines = study.run()  # and back: nothing is trained again, and it is said
    assert any("this one takes none" in line and str(study.corrections) in line for line in lines)
    assert study.keys == [before]
    assert "corrections" not in study.folder.read_json("audit.json")


def test_no_page_is_made_of_old_figures_and_new_labels(study: Study) -> None:
    study.run(until="report")
    report(study.folder.path)
    wrong = study.paths_of("test")[0]
    study.correct(f"{wrong},,,exclude,Ana")
    study.run(study.corrections, until="audit")
    with pytest.raises(StudyFolderError, match="must be of the study as it is now"):
        report(study.folder.path)
    study.run(until="report")
    report(study.folder.path)


def test_corrections_that_change_no_label_leave_trials_as_they_are(study: Study) -> None:
    study.run()
    before, stale = study.keys, study.folder.read_json("plan.json")["stale"]
    study.correct(f"{study.paths_of('train')[0]},,,keep,Ana")
    study.run(study.corrections)
    assert study.keys == before
    assert study.folder.read_json("plan.json")["stale"] == stale


def test_the_study_file_names_them_and_they_are_written_out(study: Study) -> None:
    study.correct("nowhere.jpg,,,keep,Ana")
    study.file.write_text(STUDY + "corrections: c.csv\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"It names 1 that are not there: nowhere\.jpg \(line 2\)"):
        study.run(until="plan")
    study.correct(f"{study.paths_of('train')[0]},,,keep,Ana")
    study.run(until="plan")
    assert f"corrections: {study.corrections}" in study.folder.file("resolved.yaml").read_text(encoding="utf-8")
    study.file.write_text(STUDY + "corrections: gone.csv\n", encoding="utf-8")
    with pytest.raises(PhotosError, match="There is no such file"):
        study.run(until="plan")
    study.file.write_text(STUDY, encoding="utf-8")


def test_labels_that_no_correction_changed_make_another_study(study: Study) -> None:
    study.run(until="plan")
    one = study.paths_of("train")[0]
    label = next(path.split("/")[0] for path in study.paths_of("train") if path.split("/")[0] != one.split("/")[0])
    leaves = study.file.parent / "leaves"
    (leaves / one).rename(leaves / label / "moved.png")
    with pytest.raises(StudyFolderError, match="1 under another label"):
        study.run(until="plan")
    (leaves / label / "moved.png").rename(leaves / one)


def test_an_audit_takes_them_too(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    from leafgraft.cli.main import app

    study.run(until="plan")
    study.correct(f"{study.paths_of('train')[0]},,,exclude,Ana")
    leaves, options = str(study.file.parent / "leaves"), ["--corrections", str(study.corrections), "--json"]
    app(["audit", leaves, *options], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["photos"] == 71
    assert told["corrections"]["exclude"] == 1
    app(["audit", leaves, *options[:-1]], standalone_mode=False)
    assert "Corrections: 1 photo excluded, by Ana (1)." in capsys.readouterr().out
