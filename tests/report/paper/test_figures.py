"""Figures of studies that a small run does not give: many recipes, many classes, places, learning curves."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from leafgraft.errors import UsageError
from leafgraft.languages.catalogue import entries_of
from leafgraft.languages.speaking import LANGUAGES, speaking
from leafgraft.records.photo import Photo
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.split import Fold, Splits
from leafgraft.records.study import Study
from leafgraft.report import paper
from leafgraft.report.contents import TrialHistory
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures import fonts
from leafgraft.report.paper.figures.answers import draw_confusion
from leafgraft.report.paper.figures.rows import MOST_ROWS, SIZES_PT
from leafgraft.report.paper.figures.style import MARKS, styled, wrapped
from leafgraft.report.paper.figures.training import MOST_PANELS
from leafgraft.report.paper.kit import PaperKit, make_kit
from leafgraft.report.paper.tables.materials import training_table
from leafgraft.report.paper.tables.outcomes import CAUSES, figures_of
from leafgraft.report.paper.tables.table import Estimate, Table
from leafgraft.report.paper.terms import CONTEXT
from leafgraft.report.paper.text.results import results_text
from leafgraft.storage.predictions import Predictions

CLASSES = [f"class {number}" for number in range(30)]


def figures(accuracy: float) -> dict[str, Any]:
    around = [max(0.0, accuracy - 0.04), min(1.0, accuracy + 0.03)]
    names = ("macro_f1", "balanced_accuracy", "log_loss", "calibration_error", "mean_confidence")
    return {
        "accuracy": accuracy,
        "interval": around,
        **dict.fromkeys(names, accuracy),
        "intervals": dict.fromkeys(names, around),
    }


def recipe(number: int) -> dict[str, Any]:
    place = {**figures(0.5), "balanced_interval": [0.4, 0.6], "photos": 40}
    return {
        "name": f"recipe {number}",
        "tier": 1 + number // 6,
        "seeds": 2,
        "per_class": {},
        "confusion": np.eye(len(CLASSES), dtype=int).tolist(),
        "places": {"home": place, "field": place},
        **figures(0.95 - 0.01 * number),
    }


def pair(a: int, b: int) -> dict[str, Any]:
    figure = {"difference": 0.01 * (b - a), "interval": [-0.1, 0.2], "p": 0.04, "p_adjusted": 0.2, "photos_needed": 900}
    return {"a": f"recipe {a}", "b": f"recipe {b}", **figure}


def history(number: int, seed: int) -> TrialHistory:
    rows = [{"epoch": float(epoch), "train_loss": 1 / (1 + epoch), "validation_loss": 0.5 + seed} for epoch in range(4)]
    return TrialHistory(f"recipe {number}", seed, 0, rows, [], 2)


def many(count: int = 50, sizes: tuple[int, ...] = (10, 100, 1000)) -> PaperKit:
    curve = {"recipe": "recipe 3", "exponent": 0.3 if len(sizes) > 1 else 0.0, "scale": 0.4}
    points = [{"photos": photos, "accuracy": 0.9, "interval": [0.8, 0.95]} for photos in sizes]
    answers = Predictions(
        np.array(["a", "b"]),
        np.array(["test", "test"]),
        np.array([0, 1]),
        np.eye(2, len(CLASSES), dtype=np.float32),
        np.array(CLASSES),
        np.array(["a", "b"]),
    )
    measured = [{"cause": cause, "value": 0.02, "interval": [-0.01, 0.03]} for cause in CAUSES]
    pairs = [pair(a, b) for a in range(count) for b in range(a + 1, count)]
    return make_kit(
        PaperContents(
            study=Study("many", "photos", (Recipe(Choice("resnet18")),)),
            run={"name": "many", "date": "2026-11-29"},
            photos=[Photo("a", "a.jpg", "class 0", 9, 9, "a"), Photo("b", "b.jpg", "class 1", 9, 9, "b")],
            splits=Splits((Fold((), (), ("a", "b")),), 0, keep_groups=True),
            audit={"findings": [], "floors": {"colour": {"accuracy": 0.6, "interval": [0.5, 0.7]}}},
            trained={},
            evaluation={
                "recipes": [recipe(number) for number in range(count)],
                "pairs": pairs,
                "rows": 400,
                "classes": CLASSES,
            },
            verdict={"recipe": "recipe 3"},
            answers=[answers],
            version="0.1",
            curves=[{**curve, "points": points}],
            epochs=[history(number, seed) for number in range(count) for seed in (0, 1)],
            disturbed={"recipe": "recipe 3", "photos": 200, "clean": 0.9, "kinds": {"blur": [0.8, 0.7, 0.6, 0.5, 0.4]}},
            causes=[{"recipe": "recipe 3", "measurements": measured}],
        )
    )


@pytest.fixture(scope="module")
def kit() -> PaperKit:
    return many()


@pytest.mark.parametrize("name", ["accuracy", "confusion", "elsewhere", "learning_curve", "pairs", "training"])
def test_many_recipes_and_classes_fit_on_a_page(kit: PaperKit, name: str) -> None:
    drawn = kit.figure(name).at(85)
    drawn.canvas.draw()
    assert drawn.get_figheight() * 25.4 <= 234.001
    assert drawn.get_figwidth() * 25.4 == pytest.approx(85)


def test_what_is_left_off_a_figure_is_said_below_it(kit: PaperKit) -> None:
    accuracy, pairs = kit.figure("accuracy"), kit.figure("pairs")
    assert len(accuracy.at(174).axes[0].get_yticks()) == MOST_ROWS + 1
    assert f"The first {MOST_ROWS} of 50 recipes." in accuracy.caption
    assert len(pairs.at(174).axes[0].get_yticks()) == MOST_ROWS
    assert "those of the recommended recipe" in pairs.caption
    assert len(kit.table("pairs").rows) == 50 * 49 / 2


@pytest.mark.parametrize("width_mm", [0, -1, float("nan"), float("inf"), 1e6])
def test_a_width_that_no_page_has_is_refused(kit: PaperKit, width_mm: float, tmp_path: Path) -> None:
    figure = kit.figure("accuracy")
    for draw in (figure.at, lambda width_mm: figure.save(tmp_path / "x.pdf", width_mm)):
        with pytest.raises(UsageError, match="must be 30 to 1000 mm"):
            draw(width_mm)


def renamed(kit: PaperKit, names: str) -> PaperKit:
    """The kit of recipes whose names begin otherwise."""
    contents = kit.contents
    evaluation, verdict, curves = (
        json.loads(json.dumps(one).replace('"recipe ', f'"{names}'))
        for one in (contents.evaluation, contents.verdict, contents.curves)
    )
    return make_kit(replace(contents, evaluation=evaluation, verdict=verdict, curves=curves))


@pytest.fixture(scope="module")
def long_names() -> PaperKit:
    """Names as the menus give them where recipes differ in several settings."""
    return renamed(many(13), "squeezenet1_1 frozen linear flip weights=pretrained learning_rate=0.00")


@pytest.mark.parametrize("width_mm", [85, 174])
@pytest.mark.parametrize("name", ["accuracy", "elsewhere", "pairs"])
def test_long_names_of_neighbours_do_not_run_into_each_other(
    kit: PaperKit, long_names: PaperKit, name: str, width_mm: float
) -> None:
    for of in (kit, long_names):
        drawn = of.figure(name).at(width_mm)
        drawn.set_dpi(300)
        drawn.draw_without_rendering()
        labels = drawn.axes[0].get_yticklabels()
        boxes = [one.get_window_extent() for one in labels]
        assert all(upper.y0 > lower.y1 for upper, lower in itertools.pairwise(boxes))
        assert boxes[0].y1 < drawn.bbox.y1
        assert min(one.x0 for one in boxes) >= 0
        assert {one.get_fontsize() for one in labels} <= set(SIZES_PT)


def test_rows_that_have_no_room_are_left_to_the_table_and_the_caption_says_so(long_names: PaperKit) -> None:
    pairs, shown = long_names.figure("pairs"), len(long_names.figure("pairs").at(85).axes[0].get_yticks())
    assert shown == len(pairs.at(174).axes[0].get_yticks()) == 12
    assert f"{shown} of 78 pairs: those of the recommended recipe." in pairs.caption
    own = renamed(many(40), "squeezenet1_1 frozen linear flip weights=pretrained learning_rate=0.00").figure("pairs")
    count = len(own.at(85).axes[0].get_yticks())
    assert count < 39
    assert f"{count} of 780 pairs: the first of those of the recommended recipe." in own.caption
    elsewhere = renamed(many(40), "squeezenet1_1 frozen linear flip weights=pretrained ").figure("elsewhere")
    assert f"The first {len(elsewhere.at(85).axes[0].get_yticks())} of 40 recipes." in elsewhere.caption


@pytest.mark.parametrize("width_mm", [85, 174])
def test_a_legend_of_long_names_is_whole_and_leaves_room_for_the_curves(long_names: PaperKit, width_mm: float) -> None:
    (curve,) = long_names.contents.curves
    recipes = [f"squeezenet1_1 frozen mlp flip weights=pretrained learning_rate=0.00682 ({n})" for n in range(6)]
    curves = [{**curve, "recipe": one} for one in recipes]
    drawn = make_kit(replace(long_names.contents, curves=curves)).figure("learning_curve").at(width_mm)
    drawn.draw_without_rendering()
    box, axes = drawn.legends[0].get_window_extent(), drawn.axes[0].get_window_extent()
    assert box.x0 >= 0
    assert box.y0 >= axes.y1
    assert axes.height > 0.35 * width_mm / 25.4 * drawn.dpi


def test_counts_that_would_be_too_small_are_left_to_the_table(kit: PaperKit) -> None:
    assert not kit.figure("confusion").at(85).axes[0].texts
    assert len(kit.figure("confusion").at(85 * 3).axes[0].texts) == len(CLASSES) ** 2


def test_marks_are_told_apart_without_colour() -> None:
    assert len({mark.shape for mark in MARKS}) == len(MARKS)


def test_the_learning_curve_shows_its_points_and_what_is_expected_beyond(kit: PaperKit) -> None:
    axes = kit.figure("learning_curve").at(85).axes[0]
    measured, beyond = axes.get_lines()[0], axes.get_lines()[-1]
    assert measured.get_xdata().tolist() == [10, 100, 1000]
    assert measured.get_ydata().tolist() == [90, 90, 90]
    assert beyond.get_xdata()[-1] == pytest.approx(2000)


def test_a_learning_curve_of_one_point_is_drawn_and_no_fit_is_spoken_of() -> None:
    figure = many(4, sizes=(5,)).figure("learning_curve")
    figure.at(85).canvas.draw()
    assert figure.at(85).axes[0].get_lines()[0].get_xdata().tolist() == [5]
    assert "power law" not in figure.caption


def test_a_log_loss_without_an_interval_stands_in_no_table() -> None:
    one = {"log_loss": 0.3, "macro_f1": 0.9, "interval": [0.8, 1.0], "intervals": {"macro_f1": [0.7, 1.0]}}
    assert figures_of(one, ("macro_f1", "log_loss")) == [Estimate(0.9, 0.7, 1.0), None]


def test_every_recipe_has_a_panel_with_its_losses(kit: PaperKit) -> None:
    panels = [one for one in kit.figure("training").at(174).axes if one.get_visible()]
    assert [one.get_title() for one in panels] == [f"recipe {number}" for number in range(MOST_PANELS)]
    train, validation, kept = panels[0].get_lines()[:3]
    assert list(train.get_ydata()) == [1, 1 / 2, 1 / 3, 1 / 4]
    assert list(validation.get_ydata()) == [0.5] * 4
    assert list(train.get_xdata()) == [1, 2, 3, 4]
    assert (kept.get_xdata()[0], kept.get_ydata()[0]) == (3, 0.5)
    assert f"The first {MOST_PANELS}." in kit.figure("training").caption


def test_epochs_of_a_paper_are_counted_from_1_in_the_table_as_in_the_figure(kit: PaperKit) -> None:
    plain = {"name": "x", "settings": {}}
    chosen = dict.fromkeys(("strategy", "loss", "optimizer", "scheduler"), plain)
    learned = {**chosen, "augmentation": [], "learning_rate": 0.1}
    infos = [{"recipe": learned, "best_epoch": one.best_epoch} for one in (history(0, 0), history(0, 1))]
    table = training_table(replace(kit.contents, trained={"recipe 0": infos}))
    assert table.records()[0]["epochs"] == "3, 3"
    assert "counted from 1" in table.caption


def test_disturbed_photos_have_a_table_by_strength(kit: PaperKit) -> None:
    (row,) = kit.table("disturbed").records()
    assert list(row.values()) == ["blur", 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert kit.table("disturbed").printed("en")[0] == ["disturbance", "none, %", "1", "2", "3", "4", "5"]
    tested = kit.contents.evaluation["rows"]
    assert (
        f"Accuracy of one trained network, recipe 3, on 200 of {tested:,} test photos" in kit.table("disturbed").caption
    )


def test_tiers_are_told_of_trained_recipes_alone(kit: PaperKit) -> None:
    assert "Trained recipes of one tier are not told apart" in kit.table("recipes").caption
    assert "trained recipes of one tier are not told apart" in kit.figure("accuracy").caption


def test_figures_that_have_intervals_are_printed_with_them(kit: PaperKit) -> None:
    contents = kit.contents
    around = [0.71, 0.955]
    disturbed = {**contents.disturbed, "clean_interval": around, "intervals": {"blur": [around] * 5}}
    of_class = {"per_class": {"class 0": {"precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 20}}}
    of_class["per_class_intervals"] = {"class 0": dict.fromkeys(("precision", "recall", "f1"), around)}
    recipes = [{**one, **of_class} for one in contents.evaluation["recipes"]]
    evaluation = {**contents.evaluation, "recipes": recipes}
    made = make_kit(replace(contents, disturbed=disturbed, evaluation=evaluation))
    head, row = made.table("disturbed").printed("en")
    assert head == ["disturbance", "none, %", "1", "2", "3", "4", "5"]
    assert row[:3] == ["blur", "90.0 (71 to 96)", "80.0 (71 to 96)"]
    assert made.table("disturbed").records()[0]["strength_1_high"] == 0.955
    assert "with 95% intervals" in made.table("disturbed").caption
    head, row = made.table("classes").printed("en")
    assert head[1] == "precision (95% interval)"
    assert row == ["class 0", "0.900 (0.710 to 0.955)", "0.800 (0.710 to 0.955)", "0.850 (0.710 to 0.955)", "20"]
    _, first, *_ = made.table("elsewhere").printed("en")
    assert first[4] == "0.950 (0.910 to 0.980)"  # mean confidence


def test_of_many_places_the_figure_shows_the_worst_and_says_so() -> None:
    contents = many(5).contents
    place = {**figures(0.5), "balanced_interval": [0.4, 0.6], "photos": 40}
    places = {f"farm {number}": {**place, "accuracy": 0.4 + 0.01 * number} for number in range(9)}
    recipes = [{**one, "places": places} for one in contents.evaluation["recipes"]]
    kit = make_kit(replace(contents, evaluation={**contents.evaluation, "recipes": recipes}))
    (legend,) = kit.figure("elsewhere").at(174).legends
    assert [one.get_text() for one in legend.get_texts()] == ["test photos", *(f"farm {number}" for number in range(5))]
    assert "Of 9 places, the 5 where" in kit.figure("elsewhere").caption


def test_a_leak_is_told_by_its_figures_where_leaves_have_several_photos() -> None:
    contents = many(5).contents
    leak = {"random": 0.975, "grouped": 0.95, "interval": [0.01, 0.04], "recipe": "a probe", "shared_leaves": 3}
    verdict = {"recipe": "recipe 3", "why": "w", "claims": ["c"], "refused": [], "claims_ko": ["c"], "inflation": leak}
    said = results_text(replace(contents, verdict=verdict), [], [], "en")
    assert "gives 97.5%, one that keeps leaves together 95.0% (95% interval of the difference 1.0 to 4.0" in said
    alone = {**verdict, "inflation": {**leak, "shared_leaves": 0}}
    assert "97.5%" not in results_text(replace(contents, verdict=alone), [], [], "en")


def test_each_place_has_its_figures(kit: PaperKit) -> None:
    rows = kit.table("elsewhere").records()[:3]
    assert [row["place"] for row in rows] == ["test photos", "home", "field"]
    assert [row["photos"] for row in rows] == [400, 40, 40]


def test_captions_name_only_the_places_and_folders_that_there_are(kit: PaperKit) -> None:
    contents = kit.contents

    def captions(evaluation: dict[str, Any], also_test: tuple[str, ...] = (), places: bool = True) -> set[str]:
        there = {**figures(0.5), "rows": 40}
        recipes = [
            {**one, "places": one["places"] if places else {}, "also_test": dict.fromkeys(also_test, there)}
            for one in contents.evaluation["recipes"][:2]
        ]
        of = {**contents.evaluation, "recipes": recipes, **evaluation}
        made = make_kit(replace(contents, evaluation=of, verdict={"recipe": "recipe 0"}))
        return {made.figure("elsewhere").caption, made.table("elsewhere").caption}

    each = "Accuracy on all test photos and on those of each place, with 95% intervals."
    assert captions({}) == {each}  # what was trained on is not known
    assert captions({"untrained": []}) == {f"{each} Photos of every place were trained on, too."}
    assert captions({"untrained": ["field"]}) == {f"{each} Places without a photo in training: field."}
    left_out = {"untrained": ["home", "field"], "left_out": ["home", "field"]}
    assert captions(left_out) == {f"{each} Each place was left out of training in turn."}
    folders = "Accuracy on all test photos and on second folders, with 95% intervals. Never trained on: far."
    assert captions({"untrained": []}, ("far",), places=False) == {folders}
    (both,) = captions({"untrained": []}, ("far",))
    assert "on those of each place and on second folders" in both


def test_mean_confidences_without_intervals_are_not_said_to_have_some(kit: PaperKit) -> None:
    """Of recipes and places; of places alone: earlier versions measured less."""
    measured = {key: [0.9, 0.97] for key in ("macro_f1", "balanced_accuracy")}

    def table(of_recipes: dict[str, Any]) -> Table:
        places = {"home": {**figures(0.5), "intervals": measured, "photos": 40}}
        recipes = [{**one, **of_recipes, "places": places} for one in kit.contents.evaluation["recipes"]]
        return make_kit(replace(kit.contents, evaluation={**kit.contents.evaluation, "recipes": recipes})).table(
            "elsewhere"
        )

    assert "mean confidence" in table({"intervals": measured}).printed("en")[0]
    assert "mean_confidence_low" not in table({"intervals": measured}).records()[0]
    assert "mean confidence (95% interval)" in table({}).printed("en")[0]
    assert "Where a mean confidence has no interval, an earlier version measured none." in table({}).caption


def test_every_table_is_printed_in_both_languages(kit: PaperKit) -> None:
    for table in kit.tables:
        english, korean = (table.printed(language) for language in LANGUAGES)
        assert [len(row) for row in english] == [len(row) for row in korean]
        same = {one for one in korean[0] if one in english[0]} - {"F1", "MB"}
        assert same <= {of.title for of in table.columns if of.is_name}, table.name
    assert kit.table("disturbed").printed("ko")[1][0] == "흐림"
    assert kit.table("causes").printed("en")[1][-1] == "+2.0 (\N{MINUS SIGN}1.0 to +3.0)"
    assert kit.table("learning_curve").printed("ko")[1][-1] == "90.0 (80.0~95.0)"


def test_every_term_has_its_korean() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(paper.__file__).parent.rglob("*.py"))
    terms = re.findall(r"\bterm\([\"']([^\"']+)[\"']\)", source)
    assert len(terms) > len(MARKS)
    assert set(terms) <= {one.msgid for one in entries_of("ko") if one.msgctxt == CONTEXT and one.msgstr}


def test_letters_of_korean_words_are_missed_on_korean_figures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_plain_fonts", list)
    without = many(5)
    assert not any("No font" in one for one in without.missing("en"))
    assert any("No font" in one for one in without.missing("ko"))


@pytest.mark.parametrize("name", ["mobilenet_v2 full + TTA(4)", "감자 잎마름병 아주 긴 이름", "a" * 90, ""])
def test_names_are_wrapped_and_no_letter_is_lost(name: str) -> None:
    assert wrapped(name, 85).replace("\n", "").replace(" ", "") == name.replace(" ", "")
    assert all(len(line) <= 22 for line in wrapped(name, 85).split("\n"))


def test_blanks_and_letters_without_width_are_letters() -> None:
    assert wrapped("잎\N{IDEOGRAPHIC SPACE}병\N{NO-BREAK SPACE}b", 85) == "잎 병 b"
    for joining in "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}":
        assert wrapped(f"می{joining}خواهم", 85) == f"می{joining}خواهم"
    assert wrapped("a\x07b\udc80\ufffe", 85) == "a\ufffdb\ufffd\ufffd"


@pytest.mark.parametrize(
    "names",
    [
        ("Early_blight 50%", "Healthy & fine", "Potato___Late_blight"),
        ("감자 역병이 든 잎", "건강하고 푸른 잎", "겹무늬병이 든 잎", "모르는 병이 든 잎"),
    ],
    ids=["Latin", "Hangul"],
)
@pytest.mark.parametrize("width_mm", [85, 174])
def test_names_of_classes_below_a_matrix_do_not_run_into_each_other(names: tuple[str, ...], width_mm: float) -> None:
    counts = np.eye(len(names), dtype=int).tolist()
    contents: Any = SimpleNamespace(evaluation={"classes": names}, recommended={"confusion": counts})
    with styled(fonts.choose_fonts(names)[0]), speaking("ko"):
        figure = draw_confusion(contents, width_mm)
        figure.canvas.draw()
        boxes = [one.get_window_extent() for one in figure.axes[0].get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize(("count", "width_mm"), [(38, 174), (24, 85), (5, 85)])
def test_names_of_many_classes_beside_a_matrix_do_not_run_into_each_other(count: int, width_mm: float) -> None:
    names = [
        f"Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot of the strain number {number}" for number in range(count)
    ]
    contents: Any = SimpleNamespace(
        evaluation={"classes": names}, recommended={"confusion": np.eye(count, dtype=int).tolist()}
    )
    with styled(fonts.choose_fonts(names)[0]):
        figure = draw_confusion(contents, width_mm)
        figure.canvas.draw()
        rows = [one.get_window_extent() for one in figure.axes[0].get_yticklabels()]
        columns = [one.get_window_extent() for one in figure.axes[0].get_xticklabels()]
    assert all(lower.y1 <= upper.y0 + 1 for upper, lower in itertools.pairwise(rows))
    assert all(left.x1 <= right.x0 + 1 for left, right in itertools.pairwise(columns))
