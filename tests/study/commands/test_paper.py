"""The paper kit: every number is that of evaluation.json, every name survives, what is missing is said."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from PIL import Image
from typer.testing import CliRunner

from leafgraft import __version__, study
from leafgraft.cli.main import app
from leafgraft.data.read.manifest import read_manifest
from leafgraft.errors import LeafgraftError, StudyFolderError, UsageError
from leafgraft.evaluation.statements.sentence import in_korean
from leafgraft.languages.plain_style import in_plain_style
from leafgraft.records.progress import Advance, Silent
from leafgraft.report.paper.figures import fonts
from leafgraft.report.paper.figures.answers import bins_of
from leafgraft.report.paper.tables.latex import escape
from leafgraft.report.paper.text.references import cited_in
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.paper import PaperFiles
from leafgraft.study.page.study_page import _wrong_photos
from leafgraft.study.paper_kit import open_kit, read_contents
from leafgraft.study.results import Results

FIGURES = ("accuracy", "confusion", "reliability", "training", "elsewhere", "pairs")
TABLES = (
    "recipes",
    "calibration",
    "pairs",
    "classes",
    "confusion",
    "elsewhere",
    "floors",
    "photos",
    "settings",
    "training",
)
POINTS_PER_MM = 72 / 25.4


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kits of tables and texts alone, which take no time."""
    monkeypatch.setattr("leafgraft.report.paper.kit.WIDTHS_MM", ())


def evaluation_of(kit: PaperFiles) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((kit.folder.parent / "evaluation.json").read_text(encoding="utf-8"))
    return found


def ranked(kit: PaperFiles) -> list[dict[str, Any]]:
    return sorted(evaluation_of(kit)["recipes"], key=lambda one: (one["tier"], -one["accuracy"]))


def rows_of(kit: PaperFiles, name: str) -> list[dict[str, str]]:
    with (kit.folder / f"tables/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def numbers(text: str) -> list[float]:
    return [
        float(one.replace(",", "")) for one in re.findall(r"[-+]?\d[\d,]*\.?\d*", text.replace("\N{MINUS SIGN}", "-"))
    ]


def wanted_figures(one: dict[str, Any]) -> dict[str, float]:
    """Of a recipe of evaluation.json, as the CSV names them."""
    found: dict[str, float] = {"tier": one["tier"], "seeds": one["seeds"]}
    for name in ("accuracy", "macro_f1", "balanced_accuracy"):
        low, high = one["interval"] if name == "accuracy" else one["intervals"][name]
        found |= {name: one[name], f"{name}_low": low, f"{name}_high": high}
    return found


def test_every_figure_and_table_is_there_in_all_forms(kit: PaperFiles) -> None:
    figures = {
        f"figures/{name}-{mm}mm.{kind}" for name in FIGURES for mm in (85, 174) for kind in ("svg", "pdf", "png")
    }
    tables = {f"tables/{name}.{kind}" for name in TABLES for kind in ("csv", "tex", "docx")}
    texts = {f"{name}.{language}.md" for name in ("methods", "results") for language in ("en", "ko")}
    assert set(kit.files) == figures | tables | texts | {"references.bib"}
    assert all((kit.folder / name).stat().st_size for name in kit.files)
    assert json.loads((kit.folder / "kit.json").read_text(encoding="utf-8"))["files"] == sorted(kit.files)


@pytest.mark.parametrize("width_mm", [85, 174])
@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_the_widths_of_columns_and_their_letters(kit: PaperFiles, name: str, width_mm: int) -> None:
    stem = kit.folder / f"figures/{name}-{width_mm}mm"
    with Image.open(stem.with_suffix(".png")) as image:
        assert image.width == int(width_mm / 25.4 * 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    pdf = stem.with_suffix(".pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    assert box
    assert float(box[1]) == pytest.approx(width_mm * POINTS_PER_MM, abs=0.01)
    assert float(box[2]) <= 234 * POINTS_PER_MM
    assert b"/Type3" not in pdf
    assert pdf.count(b"/FontFile") == pdf.count(b"/Type /FontDescriptor") > 0
    svg = ET.parse(stem.with_suffix(".svg")).getroot()
    assert svg.attrib["width"] == f"{width_mm * POINTS_PER_MM:.6f}".rstrip("0") + "pt"
    assert not list(svg.iter("{http://www.w3.org/2000/svg}text"))  # letters are outlines


def test_names_are_drawn_as_they_are(kit: PaperFiles) -> None:
    classes = evaluation_of(kit)["classes"]
    svg = (kit.folder / "figures/confusion-174mm.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r"<!-- (.*?) -->", svg))
    assert {one.replace("&", "&amp;") for one in classes} <= drawn
    assert "<!-- 밭_1 -->" in (kit.folder / "figures/elsewhere-174mm.svg").read_text(encoding="utf-8")
    assert not any("No font" in one for one in kit.missing)


def test_the_csv_of_recipes_is_evaluation_json(kit: PaperFiles) -> None:
    listed = rows_of(kit, "recipes")
    assert [row.pop("recipe") for row in listed] == [one["name"] for one in ranked(kit)]
    for row, one in zip(listed, ranked(kit), strict=True):
        assert {name: float(value) for name, value in row.items()} == wanted_figures(one)
    for row, one in zip(rows_of(kit, "calibration"), ranked(kit), strict=True):
        for name in ("log_loss", "calibration_error", "mean_confidence"):
            values = [float(row[key]) for key in (name, f"{name}_low", f"{name}_high")]
            assert values == [one[name], *one["intervals"][name]]
        assert [float(row[name]) for name in ("gigaflops", "megabytes")] == list(one["cost"].values())


def test_the_other_csv_files_are_evaluation_json(kit: PaperFiles) -> None:
    evaluation, verdict = evaluation_of(kit), json.loads((kit.folder.parent / "verdict.json").read_text("utf-8"))
    for row, pair in zip(rows_of(kit, "pairs"), evaluation["pairs"], strict=True):
        assert (row["a"], row["b"]) == (pair["a"], pair["b"])
        values = [float(row[name]) for name in ("difference", "difference_low", "difference_high", "p", "p_adjusted")]
        assert values == [pair["difference"], *pair["interval"], pair["p"], pair["p_adjusted"]]
        assert row["photos_needed"] == ("" if pair["photos_needed"] is None else str(pair["photos_needed"]))
    chosen = next(one for one in evaluation["recipes"] if one["name"] == verdict["recipe"])
    for row in rows_of(kit, "classes"):
        assert {name: float(row[name]) for name in ("precision", "recall", "f1", "support")} == chosen["per_class"][
            row["class"]
        ]
    counts = [[int(value) for key, value in row.items() if key != "true_class"] for row in rows_of(kit, "confusion")]
    assert counts == chosen["confusion"]
    for row in rows_of(kit, "elsewhere"):
        one = next(one for one in evaluation["recipes"] if one["name"] == row["recipe"])
        found = one if row["place"] == "test photos" else one["also_test"][row["place"]]
        assert [float(row[name]) for name in ("accuracy", "accuracy_low", "accuracy_high")] == [
            found["accuracy"],
            *found["interval"],
        ]


def test_latex_and_word_have_the_same_numbers_rounded(kit: PaperFiles) -> None:
    tex = (kit.folder / "tables/recipes.tex").read_text(encoding="utf-8")
    lines = [line.removesuffix(r" \\").split(" & ") for line in tex.splitlines() if line.endswith(r"\\")][1:]
    table = Document(str(kit.folder / "tables/recipes.docx")).tables[0]
    cells = [[cell.text for cell in row.cells] for row in table.rows][1:]
    for line, row, one in zip(lines, cells, ranked(kit), strict=True):
        assert line == [escape(text) for text in row]
        assert row[0] == one["name"]
        printed = [number for text in row[1:] for number in numbers(text)]
        figures = wanted_figures(one)
        scale = {name: 100 if "accuracy" in name else 1 for name in figures}
        wanted = [value * scale[name] for name, value in figures.items()]
        half = [0.05 if "accuracy" in name else 0.0005 for name in figures]
        assert all(abs(a - b) <= c + 1e-9 for a, b, c in zip(printed, wanted, half, strict=True))


def test_every_table_reads_back_the_same_from_latex_and_word(kit: PaperFiles) -> None:
    for name in TABLES:
        tex = (kit.folder / f"tables/{name}.tex").read_text(encoding="utf-8")
        lines = [line.removesuffix(r" \\").split(" & ") for line in tex.splitlines() if line.endswith(r"\\")]
        document = Document(str(kit.folder / f"tables/{name}.docx"))
        assert lines == [[escape(cell.text) for cell in row.cells] for row in document.tables[0].rows], name
        assert rf"\caption{{{escape(document.paragraphs[0].text)}}}" in tex


def test_figures_show_the_numbers_of_evaluation_json(evaluated: Results) -> None:
    recipes = sorted(evaluated.evaluation["recipes"], key=lambda one: (one["tier"], -one["accuracy"]))
    shown = evaluated.figure("accuracy").at(85).axes[0].containers
    for drawn, one in zip(shown, recipes, strict=False):
        line, _, bars = drawn.lines
        low, high = bars[0].get_segments()[0][:, 0]
        assert [line.get_xdata()[0], low, high] == pytest.approx(
            [100 * one["accuracy"], *(100 * end for end in one["interval"])]
        )
    assert len(shown) == len(recipes) + len(evaluated.floors)


def test_the_same_study_gives_the_same_bytes(evaluated: Results) -> None:
    one, other = (evaluated.figure("confusion").files(width_mm=85) for _ in range(2))
    assert one == other
    assert set(one) == {"svg", "pdf", "png"}


def test_the_reliability_diagram_is_of_the_calibration_error(evaluated: Results) -> None:
    contents = open_kit(StudyFolder(evaluated.folder)).contents
    bins = bins_of(contents)
    error = (abs(bins.confidence - bins.accuracy) * bins.answers).sum() / bins.answers.sum()
    assert error == pytest.approx(contents.recommended["calibration_error"])
    assert bins.answers.sum() == evaluated.evaluation["rows"]


def shown(markdown: str) -> str:
    return re.sub(r"\\(\W|_)", r"\1", markdown)


def test_results_are_the_claims_and_methods_cite_what_the_references_have(kit: PaperFiles, evaluated: Results) -> None:
    verdict = json.loads((kit.folder.parent / "verdict.json").read_text(encoding="utf-8"))
    for language, ending in (("en", ""), ("ko", "_ko")):
        text = shown((kit.folder / f"results.{language}.md").read_text(encoding="utf-8"))
        paragraph = text.split("\n\n")[1]
        claims = " ".join(verdict[f"claims{ending}"])
        assert paragraph.startswith(in_plain_style(claims) if ending else claims)
        assert not any(refused in paragraph for refused in verdict[f"refused{ending}"])
        assert text.count("\n**") == len(FIGURES) + len(TABLES)
    methods = [shown((kit.folder / f"methods.{language}.md").read_text(encoding="utf-8")) for language in ("en", "ko")]
    entries = re.findall(r"^@\w+\{(\w+),$", (kit.folder / "references.bib").read_text("utf-8"), re.MULTILINE)
    assert entries == sorted(cited_in(methods[0])) == sorted(cited_in(methods[1]))
    assert {"iandola2016", "kornblith2019", "romano2005", "wilson1927"} <= set(entries)
    assert not {"he2016", "russakovsky2015", "sadinle2019", "satterthwaite1946"} & set(entries)
    assert f"leafgraft {__version__} [@leafgraft], PyTorch" in methods[0]
    assert f"audited with leafgraft {__version__} [@" in methods[0]
    assert "were made with leafgraft" not in methods[0]
    assert "60 photos of 3 classes" in methods[0]
    assert "사진 60장" in methods[1]
    assert "1 correction of labels, photos and leaves by 민수 had been applied." in methods[0]
    assert "라벨·사진·잎에 대한 민수의 수정 1건을 반영하였다." in methods[1]
    severe = [one for one in evaluated.audit["findings"] if one["severity"] != "note"]
    for one in severe:
        assert f"{one['title']} ({one['code']})" in methods[0]
        assert f"{in_plain_style(in_korean(one['title']))} ({one['code']})" in methods[1]
    assert severe
    hangul = [paragraph for paragraph in methods[1].split("\n\n") if not paragraph.startswith("leafgraft")]
    assert all(re.search("[가-힣]", paragraph) for paragraph in hangul)


def test_what_is_missing_is_said_with_the_command_that_goes_on(kit: PaperFiles) -> None:
    said = " ".join(kit.missing)
    assert "No learning curve and no causes" in said
    assert "Methods without declining" in said
    assert f"--out {kit.folder.parent}" in said
    assert "elsewhere" not in said


@pytest.mark.usefixtures("without_figures")
def test_a_second_kit_replaces_the_first_and_leaves_other_files(evaluated: Results, tmp_path: Path) -> None:
    first = study.paper(evaluated.folder, out=tmp_path / "kit", language="ko")
    assert "정확도" in (first.folder / "tables/recipes.tex").read_text(encoding="utf-8")
    (first.folder / "notes.txt").write_text("mine", encoding="utf-8")
    listed = json.loads((first.folder / "kit.json").read_text(encoding="utf-8"))
    (first.folder / "gone.svg").write_text("of an earlier kit", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("mine", encoding="utf-8")
    (first.folder / "kit.json").write_text(
        json.dumps({**listed, "files": [*listed["files"], "gone.svg", "../outside.txt"]}), "utf-8"
    )
    before = {name: (first.folder / name).read_bytes() for name in first.files}
    second = study.paper(evaluated.folder, out=tmp_path / "kit", language="ko")
    assert {name: (second.folder / name).read_bytes() for name in before} == before
    assert (first.folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (first.folder / "gone.svg").exists()
    assert (tmp_path / "outside.txt").exists()  # no list of files leads out of the folder


@pytest.mark.usefixtures("without_figures")
def test_files_of_others_are_not_replaced(evaluated: Results, tmp_path: Path) -> None:
    (tmp_path / "methods.en.md").write_text("my own", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds methods\.en\.md, which no kit"):
        study.paper(evaluated.folder, out=tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["methods.en.md"]
    with pytest.raises(UsageError, match="is a file"):
        study.paper(evaluated.folder, out=tmp_path / "methods.en.md")


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_drawn(
    evaluated: Results, tmp_path: Path
) -> None:
    class Unheard(Silent):
        @contextmanager
        def task(self, name: str, total: int) -> Iterator[Advance]:
            yield pytest.fail(f"{name}: {total}")

    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "taken/tables").mkdir(parents=True)
    (tmp_path / "taken/tables/recipes.csv").write_text("mine", encoding="utf-8")
    for out, said in (("file/kit", "must be written"), ("taken", "which no kit")):
        with pytest.raises(LeafgraftError, match=said):
            study.paper(evaluated.folder, out=tmp_path / out, progress=Unheard())


def test_a_folder_of_something_else_and_an_unfinished_study_are_refused(evaluated: Results, tmp_path: Path) -> None:
    with pytest.raises(StudyFolderError, match=r"must be a study folder with 'run\.json'"):
        study.paper(tmp_path)
    folder = Path(shutil.copytree(evaluated.folder, tmp_path / "unfinished", ignore=shutil.ignore_patterns("paper")))
    for name in ("evaluation.json", "verdict.json"):
        (folder / name).unlink()
    with pytest.raises(StudyFolderError, match=r"there is no evaluation\. Go on with it: leafgraft run .*study\.yaml"):
        study.paper(folder)
    assert not (folder / "paper").exists()


@pytest.mark.usefixtures("without_figures")
def test_files_that_do_not_fit_are_said(evaluated: Results, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(evaluated.folder, tmp_path / "changed"))
    (folder / "audit.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StudyFolderError, match="Its checksum differs"):
        study.paper(folder)
    (folder / "checksums.json").unlink()
    with pytest.raises(StudyFolderError, match="They do not fit together: KeyError"):
        study.paper(folder)


def test_letters_that_no_font_has_are_said(evaluated: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_plain_fonts", list)
    kit = open_kit(StudyFolder(evaluated.folder))
    english, korean = (next(one for one in kit.missing(of) if "No font" in one) for of in ("en", "ko"))
    assert english.startswith("No font of this system has 밭병역: figures show boxes")
    assert "가" in korean
    assert " and " in korean.split(":")[0]
    assert kit.figure("confusion").files(("png",), 85)["png"]


def test_a_recipe_made_of_others_has_the_answers_of_all_its_trials(evaluated: Results, tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    shutil.copytree(evaluated.folder, folder.path)
    plan, evaluation, verdict = (folder.read_json(f"{name}.json") for name in ("plan", "evaluation", "verdict"))
    first, second = (one["key"] for one in plan["trials"])
    for key in (first, second):
        shutil.copytree(folder.trial(key).path, folder.trial(f"tta2-{key}").path)
    derived = {f"tta2-{first}": "views", f"tta2-{second}": "views"}
    folder.write_json("evaluation.json", {**evaluation, "derived": derived})
    folder.write_json("verdict.json", {**verdict, "recipe": "views", "trial": f"tta2-{first}"})
    tested = [folder.trial(key).read_predictions().rows("test") for key in (first, second)]
    assert [one.logits.tolist() for one in read_contents(folder).answers] == [one.logits.tolist() for one in tested]
    missed = {str(name) for one in tested for name in one.photo_id[one.probabilities.argmax(axis=1) != one.label]}
    manifest = read_manifest(folder.file("manifest.csv"), folder.read_json("run.json")["root"])
    paths = {one.path for one in manifest.photos if one.photo_id in missed}
    trained = {one["key"]: one["recipe"] for one in plan["trials"]}
    shown = _wrong_photos(folder, trained, folder.read_json("evaluation.json"), manifest)
    assert {one.path for one in shown.shown} == paths
    assert shown.count == len(paths)
    assert {one.of for one in shown.shown} == {2}


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("library", ["matplotlib", "docx"])
def test_a_missing_extra_is_said_with_the_line_that_installs_it(
    evaluated: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: str
) -> None:
    without(library, monkeypatch)
    with pytest.raises(UsageError, match=rf'{library} is not installed\. Install it: pip install "leafgraft\[paper\]"'):
        study.paper(evaluated.folder, out=tmp_path / "kit")
    assert not (tmp_path / "kit").exists()


def test_figures_and_frames_do_without_what_writes_word_files(
    evaluated: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("docx", monkeypatch)
    assert evaluated.figure("accuracy").name == "accuracy"
    assert len(evaluated.to_frame()) == len(evaluated.evaluation["recipes"])


def without(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a library is not installed, and nothing of paper kits was imported yet."""
    for name in [one for one in sys.modules if one.startswith("leafgraft.report.paper.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)


def test_in_python_a_table_is_a_frame_and_a_figure_is_saved(evaluated: Results, tmp_path: Path) -> None:
    frame, classes = evaluated.to_frame(), evaluated.evaluation["classes"]
    assert dict(zip(frame["recipe"], frame["accuracy"], strict=True)) == {
        one["name"]: one["accuracy"] for one in evaluated.evaluation["recipes"]
    }
    assert list(evaluated.to_frame("confusion").columns[1:]) == [f"predicted_{name}" for name in classes]
    figure = evaluated.figure("accuracy")
    figure.save(tmp_path / "a.pdf", 85)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert figure._repr_html_().startswith('<img alt="accuracy" src="data:image/png;base64,iVBOR')
    assert repr(figure) == f"PaperFigure('accuracy': {figure.caption})"
    assert figure._repr_html_().endswith(f"<p>{figure.caption}</p>")
    with pytest.raises(UsageError, match=r"'a\.jpg' ends in '\.jpg'"):
        figure.save("a.jpg")
    with pytest.raises(UsageError, match=r"Did you mean 'accuracy'\?"):
        evaluated.figure("acuracy")
    with pytest.raises(UsageError, match="There are recipes, calibration"):
        evaluated.to_frame("none")


@pytest.mark.usefixtures("without_figures")
def test_the_command_prints_where_and_json_alone(evaluated: Results, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["paper", str(evaluated.folder), "--out", str(tmp_path / "kit"), "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["out"] == str(tmp_path / "kit")
    assert {"tables/recipes.docx", "methods.ko.md"} <= set(told["files"])
    assert any("goes on" in one for one in told["missing"])
    refused = CliRunner().invoke(app, ["paper", str(evaluated.folder), "--lang", "fr"])
    assert refused.exit_code == 2
    assert "one of en, ko" in refused.stderr
    korean = CliRunner().invoke(app, ["paper", str(evaluated.folder), "--out", str(tmp_path / "ko"), "--lang", "ko"])
    assert korean.exit_code == 0, korean.stderr
    assert "정확도" in (tmp_path / "ko/tables/recipes.tex").read_text(encoding="utf-8")
    assert "정확도" not in (tmp_path / "kit/tables/recipes.tex").read_text(encoding="utf-8")
