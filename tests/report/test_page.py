from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from made_up import NASTY, contents, evaluation, recipe
from made_up_pages import adaptation

from leafgraft.languages.editions import Edition
from leafgraft.report.contents import TrialHistory, WrongPhotos
from leafgraft.report.figures import accuracy_bars, confusion, training_curves
from leafgraft.report.flow import describe_flow, flow_picture
from leafgraft.report.interactive import DARKEST_CELL, bars
from leafgraft.report.page import INDEX, build_audit_page, build_comparison_page, build_page
from leafgraft.report.reasons import learning_figure, robustness_figure, stage_figure
from leafgraft.report.svg import DARKEST, Bar


@pytest.fixture(scope="module")
def page() -> str:
    return build_page(contents())


def without_plotly(page: str) -> str:
    """plotly's own script holds addresses that it never loads here."""
    return re.sub(r"<script>/\*\*?\s*\*? ?plotly.*?</script>", "", page, flags=re.DOTALL)


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_names_cannot_break_out(page: str) -> None:
    assert NASTY not in page
    assert "alert(&#39;잎&#39;)" in page


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    elements = Elements(page)
    addresses = [one[key] for _, one in elements.found for key in ("src", "href", "action", "poster") if one.get(key)]
    assert {address for address in addresses if not address.startswith(("data:", "#"))} == {"index.ko.html"}  # a link
    policy = next(one for one in elements.named("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in str(policy["content"])


def test_every_figure_has_words_beside_it(page: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", page, flags=re.DOTALL)
    assert len(figures) >= 6
    for figure in figures:
        caption = re.search(r"<figcaption[^>]*>(.*?)</figcaption>", figure, flags=re.DOTALL)
        assert caption
        assert len(caption.group(1).strip()) > 20


def test_every_figure_of_numbers_can_be_played_with(page: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", page, flags=re.DOTALL)
    drawn_only = [figure for figure in figures if "application/json" not in figure]
    assert all("flowbox" in figure or "data-cell" in figure for figure in drawn_only)
    for figure in figures:
        assert "<svg" in figure  # what is seen without scripts and in print


def test_names_are_no_markup_and_no_numbers_to_plotly() -> None:
    drawn = confusion({**recipe("one", 0.9, 1), "confusion": [[1, 0], [0, 1]]}, ["<b>1</b>", "2"]).interactive
    assert drawn["data"][0]["y"] == ["&lt;b&gt;1&lt;/b&gt;", "2"]
    assert drawn["layout"]["xaxis"]["type"] == drawn["layout"]["yaxis"]["type"] == "category"
    long = bars([Bar("x" * 20 + " " + "<i>" * 10, 0.5, 0.4, 0.6)], (), "accuracy")
    assert long["data"][0]["y"] == ["x" * 20 + "<br>" + "&lt;i&gt;" * 10]


@pytest.mark.parametrize(
    ("classes", "is_played"),
    [
        ([f"spot {number}" for number in range(12)], True),
        ([f"spot {number}" for number in range(13)], False),
        (["Healthy", "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot"], False),
    ],
)
def test_a_confusion_matrix_that_has_no_room_is_a_drawing(classes: list[str], is_played: bool) -> None:
    counts = [[1 if one == other else 0 for other in classes] for one in classes]
    drawn = confusion({**recipe("one", 0.9, 1), "confusion": counts}, classes).interactive
    assert (drawn is not None) is is_played
    assert drawn is None or drawn["layout"]["xaxis"]["automargin"]  # names are not cut


def test_every_picture_has_a_description(page: str) -> None:
    elements = Elements(page)
    assert all(one.get("alt") for one in elements.named("img"))
    assert all(one.get("aria-label") for one in elements.named("svg"))


def test_photos_that_all_miss_and_what_is_confused_stand_on_both_pages(page: str) -> None:
    comparison = build_comparison_page(evaluation(tied=True), contents().verdict)
    assert "alert(&#39;잎&#39;)&lt;/script&gt;.jpg (" in page
    assert "1 test photo is missed by all 2 trials of 2 recipes: look at the labels" in comparison
    for one in (page, comparison):
        assert "taken for Healthy (10.0% of its photos)" in one
        assert "주장할 수 없는 것" in one
        assert "-0.100" in one


def test_random_weights_are_said(page: str) -> None:
    assert "a real study starts from pretrained weights" in page
    assert "a real study starts" not in build_page(replace(contents(), from_scratch=False))


def test_what_is_empty_leaves_no_section() -> None:
    bare = build_page(
        replace(
            contents(),
            wrong=WrongPhotos(),
            histories=(),
            architectures=(),
            diagnosis={},
            learning_curves=(),
            robustness={},
        )
    )
    for words in ("Wrong photos</h2>", "Training</h2>", "which stages learn when</h2>", "Why</h2>"):
        assert words not in bare
        assert words in build_page(contents())


@pytest.mark.parametrize(
    ("tied", "words"),
    [(True, "cannot tell them apart"), (False, "Tier 1, which holds the most accurate with 95%, is one alone.")],
)
def test_ties_are_called_ties(tied: bool, words: str) -> None:
    figure = accuracy_bars(evaluation(tied=tied), {})
    assert words in figure.reading
    assert "best" not in figure.reading
    assert "more accurate than" not in figure.reading  # the corrected p of the pair is 0.1


def test_one_tier_is_no_tie_where_what_is_made_of_a_recipe_is_shown_to_be_better() -> None:
    found = evaluation(tied=True)
    found["pairs"][0]["p_adjusted"] = 0.005
    reading = accuracy_bars(found, {}).reading
    assert "cannot tell" not in reading
    assert "All 2 recipes are in one tier, as tiers rank trained recipes" in reading


def test_a_figure_is_read_aloud_with_its_interval() -> None:
    found = evaluation(tied=True)
    alone = {**found, "recipes": found["recipes"][:1], "pairs": []}
    (one,) = alone["recipes"]
    low, high = (100 * end for end in one["interval"])
    reading = accuracy_bars(alone, {"border_pixels": {"accuracy": 0.7, "interval": (0.65, 0.75)}}).reading
    assert f"One recipe: {100 * one['accuracy']:.1f}% (95% interval {low:.1f} to {high:.1f})." in reading
    assert "Border pixels alone reaches 70.0% (65.0 to 75.0):" in reading


@pytest.mark.parametrize(("low", "words"), [(0.04, "beats the last one"), (-0.01, "is not shown to beat the last one")])
def test_a_stage_is_read_by_the_paired_difference_as_the_table_beside_it(low: float, words: str) -> None:
    stages = [{"stage": name, "accuracy": share, "interval": (0.6, 0.95)} for name, share in (("a", 0.9), ("b", 0.7))]
    measured = {"cause": "filters", "value": 0.19, "interval": (low, 0.33)}
    figure = stage_figure({"recipe": "one", "stages": stages, "measurements": [measured]})
    assert figure is not None
    assert figure.reading.startswith("The highest figure is after a. The earlier stage")
    assert words in figure.reading


def test_the_highest_floor_stands_in_the_head_with_its_interval_and_with_how_it_was_measured() -> None:
    made = contents()
    highest = {"accuracy": 0.9, "interval": (0.85, 0.95)}
    for audit, said in ((made.audit, False), ({**made.audit, "floors_left_out": ["field", "home"]}, True)):
        page = build_page(replace(made, audit={**audit, "floors": {"colour": highest}}))
        assert '<p class="big">90.0% <span class="ends">85.0 to 95.0</span></p>' in page
        assert ("Each place was left out of learning in turn" in page) == said


def test_flow_picture_says_what_learns_when() -> None:
    architecture = contents().architectures[0]
    picture, words = str(flow_picture(architecture)), describe_flow(architecture)
    assert picture.count('class="learns"') == 4  # the head twice, two stages once
    assert picture.count('class="frozen"') == 2
    assert "auxiliary 1" in picture
    assert "From epoch 1 to 3 only the head learns. From epoch 4 all stages learn." in words


def test_audit_and_comparison_pages_escape_too() -> None:
    audit = build_audit_page(NASTY, contents().audit, {NASTY: [(NASTY, b"x")]})
    keys = ("claims", "refused", "claims_ko", "refused_ko")
    comparison = build_comparison_page(evaluation(tied=False), dict.fromkeys(keys, (NASTY,)))
    assert NASTY not in audit
    assert NASTY not in comparison


@pytest.mark.parametrize("code", ["LG007", "LG018", "LG029", "LG032"])
def test_leaves_are_not_called_kept_where_the_split_parts_some(code: str) -> None:
    several = {**contents().audit, "groups": [["a", "b"], ["c", "d"]]}
    for audit, shown, kept in (
        ({**several, "groups": [["a", "b"]]}, "1 leaf is shown by more than one photo", "it stays on one side"),
        (several, "2 leaves are shown by more than one photo", "each stays on one side"),
    ):
        assert f"{shown}; {kept} of the split." in build_audit_page("leaves", audit, {})
        parted = {**audit, "findings": [{**audit["findings"][0], "code": code}]}
        page = build_audit_page("leaves", parted, {})
        assert f"{shown}." in page
        assert "on one side of the split" not in page


def test_one_of_a_kind_is_told_as_one() -> None:
    audit = contents().audit
    for files, words in (
        (["a"], "1 file could not be read and is left"),
        (["a", "b"], "2 files could not be read and are"),
    ):
        counts = {**audit["counts"], "unreadable": [{"path": one, "reason": "broken"} for one in files]}
        assert words in build_audit_page("leaves", {**audit, "counts": counts}, {})
    found = evaluation(tied=False)
    keys = dict.fromkeys(("claims", "refused", "claims_ko", "refused_ko"), ("x",))
    page = build_comparison_page({**found, "recipes": found["recipes"][:1], "pairs": []}, keys)
    assert f"<h1>1 recipe on {found['rows']} photos</h1>" in page
    assert "Test figures of 1 recipe, with" in page
    wrong = contents().wrong
    alone = replace(wrong, shown=[replace(one, missed_by=1, of=1) for one in wrong.shown])
    assert "missed by 2 of 4 trials" in build_page(contents())
    assert "missed by 1 of 1 trial<" in build_page(replace(contents(), wrong=alone))
    assert f"<h1>2 recipes on the same {found['rows']} photos</h1>" in build_comparison_page(found, keys)


def test_what_is_found_of_a_second_folder_is_on_the_page() -> None:
    found = {**contents().audit["findings"][0], "code": "LG043", "severity": "error", "title": "2 photos show"}
    plain = contents()
    audit = {**plain.audit, "second": {"the <b>field": {"findings": [found], "shared": []}}}
    page = build_page(replace(plain, audit=audit))
    assert "LG043" not in build_page(plain)
    repeated = {**plain.audit, "second": {"field": {"findings": [found], "shared": [["a", "b"], ["c", "b"]]}}}
    assert "show what the training folder shows: 1." in build_page(replace(plain, audit=repeated))
    assert "second folder 'the &lt;b&gt;field': 2 photos show" in page


def test_corrections_are_said_with_what_they_cost() -> None:
    told = {
        **dict.fromkeys(("exclude", "keep", "same_leaf", "not_same_leaf", "moved", "test_photos_excluded"), 0),
        "relabel": 12,
        "test_labels_changed": 3,
        "by": {NASTY: 12},
        "rows": [{}],
    }
    audit = {**contents().audit, "corrections": told}
    sheets: dict[str, list[tuple[str, bytes]]] = {"wrong labels": [], "masks": []}
    study = build_page(replace(contents(), audit=audit, sheets=sheets, plan={**contents().plan, "stale": ["one"]}))
    assert "Trained before and stale, compared with nothing here: one." in study
    for page in (study, build_audit_page("leaves", audit, sheets)):
        assert "12 labels corrected, by" in page
        assert "The labels of 3 test photos were changed: these test figures cannot be compared" in page
        assert "leafgraft label STUDY_DIR" in page
        assert NASTY not in page
    assert "Corrections:" not in build_page(contents())


def test_it_is_said_how_many_photos_probes_causes_curves_and_disturbances_rest_on(page: str) -> None:
    learned = (
        "Heads learned from 3,000 training photos. Those that compare BatchNorm statistics learned from 1,000 of them."
    )
    on_test = "The intervals rest on 556 test photos."
    assert f"{learned} {on_test} That of over-fitting rests on all training photos and 500 validation photos." in page
    assert f"The probes learned from 3,000 training photos. {on_test}" in page
    assert page.count(on_test) >= 3
    assert "Of one trained network, on 200 of " in page
    in_korean = build_page(contents(), Edition(Path("index.html"), "ko"))
    assert in_korean.count("구간은 테스트 사진 556장에서 얻었습니다.") >= 3
    assert "헤드는 학습 사진 3,000장으로 학습했습니다." in in_korean


def test_a_diagnosis_of_before_that_did_not_count_its_photos_has_a_page() -> None:
    backbone = {key: value for key, value in contents().diagnosis["backbones"][0].items() if key != "photos"}
    curve = {key: value for key, value in contents().learning_curves[0].items() if key != "tested"}
    page = build_page(replace(contents(), diagnosis={"backbones": [backbone]}, learning_curves=[curve]))
    assert "Over-fitting?" in page
    assert "The intervals rest on" not in page


def test_the_learning_curve_reaches_to_twice_the_photos() -> None:
    drawn = learning_figure(contents().learning_curves[0]).interactive
    fitted = drawn["data"][-1]
    assert fitted["x"][-1] == pytest.approx(2 * 3000)
    assert fitted["y"][-1] == pytest.approx(100 * (1 - 0.9 * 6000**-0.3))


def test_a_phase_of_one_epoch_reads_well() -> None:
    phases = [
        {"from_epoch": 0, "learning": [], "rate_scale": {}},
        {"from_epoch": 1, "learning": ["stem", "layer1"], "rate_scale": {}},
    ]
    assert "In epoch 1 only the head learns." in describe_flow(replace(contents().architectures[0], phases=phases))


def test_a_head_that_is_solved_for_has_no_epochs_to_show() -> None:
    phases = [{"from_epoch": 0, "learning": [], "rate_scale": {}, "head_optimum": True}]
    solved = replace(contents().architectures[0], phases=phases)
    assert "The head is solved for, at its optimum on frozen features; there are no epochs." in describe_flow(solved)
    picture = str(flow_picture(solved))
    assert ">no epochs<" in picture
    assert picture.count(">solved for<") == 1
    histories = contents().histories
    assert not training_curves([replace(history, phases=phases) for history in histories])
    assert training_curves(histories)


def test_the_leak_card_says_no_more_than_the_interval_allows() -> None:
    made = contents()
    inflation = {**made.verdict["inflation"], "difference": 0.081, "interval": [-0.02, 0.18]}
    inflation |= {"sentence": "None is shown: …", "headline": "not shown"}
    page = without_plotly(build_page(replace(made, verdict={**made.verdict, "inflation": inflation})))
    assert '<p class="big">not shown</p>' in page
    before = {key: value for key, value in inflation.items() if key != "headline"}
    page = without_plotly(build_page(replace(made, verdict={**made.verdict, "inflation": before})))
    assert '<p class="big">None is shown</p>' in page  # a study of an earlier version


def test_no_figures_stand_beside_a_leak_that_was_not_measured() -> None:
    made = contents()
    assert "under a plain random split against" in without_plotly(build_page(made))
    words = "Not measured, as no group holds two photos. A leak is not ruled out: names tell the leaf (LG030)."
    inflation = {**made.verdict["inflation"], "shared_leaves": 0, "headline": "not measured", "sentence": words}
    page = without_plotly(build_page(replace(made, verdict={**made.verdict, "inflation": inflation})))
    assert words in page
    assert "under a plain random split against" not in page


@pytest.mark.parametrize(("folds", "seeds"), [(1, 1), (5, 1), (1, 3)])
def test_why_the_figures_of_a_bundle_differ_from_those_of_its_recipe_is_said(folds: int, seeds: int) -> None:
    share = {"share": 0.9, "interval": [0.8, 0.95]}
    test = {"photos": 40, "mean_confidence": 0.9, **dict.fromkeys(("not_sure", "not_known", "declined"), share)}
    bundle = {
        "recipe": "one",
        "trial": "one-1",
        "created": "2026-11-29T10:00:00",
        "chosen": "",
        "parity": {"same_class": 40, "photos": 40, "largest_difference": 1e-6},
        "int8": {"kept": True, "reason": "small"},
        "figures": {"test": test, "also_test": {}, "foreign": {}},
        "known_leaf": {"acceptance": 0.99},
        "conformal": {"coverage": 0.95},
        "data": {"split": {"folds": folds}},
    }
    made = contents()
    page = without_plotly(build_page(replace(made, bundle=bundle, evaluation={**made.evaluation, "seeds": seeds})))
    assert ("those in the table above of one network for each of 5 folds." in page) == (folds > 1)
    assert ("those in the table above the mean of 3 seeds." in page) == (seeds > 1)
    assert "Confidence is that of the bundle, at its temperature; of the recipes above" in page


def test_disturbed_photos_are_told_as_some_of_the_test_photos_and_answered_by_one_network(page: str) -> None:
    made = contents()
    assert f"Of one trained network, on {made.robustness['photos']} of {made.evaluation['rows']} test photos." in page


def test_the_column_of_photos_needed_is_named_as_it_is_headed(page: str) -> None:
    assert "“Photos needed” says how many test photos would decide, if it were the only pair" in page
    assert '<th scope="col">Photos needed</th>' in page


def test_people_count_epochs_from_one() -> None:
    (figure,) = training_curves(contents().histories)  # the files count from 0: stages join at 3, the best is 4
    assert figure.interactive is not None
    drawn = [line["x"] for line in figure.interactive["data"]]
    assert drawn == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]] * 4
    assert "Weights of epoch 5, 5 were kept" in figure.reading
    assert "More stages learn from epoch 4 on." in figure.reading


def test_precision_and_recall_are_of_the_answers_of_all_seeds_together(page: str) -> None:
    assert "<caption><span>The answers of all seeds together. Precision:" in page


def with_intervals(one: dict) -> dict:
    """A recipe with what evaluation.json says of all its figures."""
    ends = {
        "macro_f1": [0.911, 0.981],
        "balanced_accuracy": [0.912, 0.982],
        "log_loss": [0.083, 0.123],
        "calibration_error": [0.014, 0.034],
    }
    field = {**one["also_test"]["field"], "intervals": {"mean_confidence": [0.845, 0.875]}}
    of_class = {NASTY: {"precision": [0.815, 1.0], "recall": [0.716, 0.976], "f1": [0.817, 0.987]}}
    return {**one, "intervals": ends, "per_class_intervals": of_class, "also_test": {"field": field}}


def test_every_figure_of_a_table_has_its_interval_below_it() -> None:
    made = contents()
    recipes = [with_intervals(one) for one in made.evaluation["recipes"]]
    confused = [{**one, "interval": [0.031, 0.287]} for one in made.evaluation["confused"]]
    page = without_plotly(
        build_page(replace(made, evaluation={**made.evaluation, "recipes": recipes, "confused": confused}))
    )
    below = "".join(f'<br><span class="soft">{words}</span>' for words in ("46.0%–52.0%", "86% sure", "84.5%–87.5%"))
    assert f"49.0%{below}</td>" in page  # of the second folder
    for value, ends in (("0.970", "0.911–0.981"), ("97.0%", "91.2%–98.2%"), ("0.100", "0.083–0.123")):
        assert f'{value}<br><span class="soft">{ends}</span></td>' in page
    for value, ends in (("0.020", "0.014–0.034"), ("100.0%", "81.5%–100.0%"), ("90.0%", "71.6%–97.6%")):
        assert f'{value}<br><span class="soft">{ends}</span></td>' in page
    assert '0.950<br><span class="soft">0.817–0.987</span></td>' in page
    assert "(10.0% of its photos, 95% interval 3.1% to 28.7%)" in page
    assert "The answers of all seeds together, with 95% intervals" in page
    assert '<p class="big">49.0% <span class="ends">46.0 to 52.0</span></p>' in page  # of the card
    assert "largest class 40.0% (38.0 to 42.0), colour 78.0% (76.0 to 80.0)." in page


def test_figures_of_an_earlier_version_stand_alone(page: str) -> None:
    assert '<td data-value="0.1">0.100</td>' in page
    assert "(10.0% of its photos)" in page
    assert "Undisturbed 97.0%, mean over all disturbances 80.0%. It bears blur least: 50.0% at the greatest" in page


def test_accuracies_on_disturbed_photos_have_intervals() -> None:
    disturbed = {
        **contents().robustness,
        "clean_interval": [0.941, 0.986],
        "mean_interval": [0.751, 0.843],
        "intervals": {"blur": [[0.91, 0.97], [0.85, 0.94], [0.74, 0.85], [0.63, 0.76], [0.434, 0.566]]},
    }
    found = robustness_figure(disturbed, 400)
    assert found.reading.startswith(
        "Below each share: its 95% interval. Undisturbed 97.0% (95% interval 94.1 to 98.6), mean over all disturbances "
        "80.0% (95% interval 75.1 to 84.3). It bears blur least: 50.0% (95% interval 43.4 to 56.6) at the "
        "greatest strength"
    )
    assert found.interactive["data"][0]["text"][0][::5] == ["97.0%<br>94–99", "50.0%<br>43–57"]
    assert ">43–57</text>" in str(found.static)


def test_floors_that_are_not_measured_are_said() -> None:
    made = contents()
    audit = {**made.audit, "floors_not_measured": {"background": f"Only one leaf of '{NASTY}'."}}
    for page in (build_page(replace(made, audit=audit)), build_audit_page("leaves", audit, {})):
        assert "Only one leaf of &#39;&lt;script&gt;" in page


def test_values_of_cells_have_the_unit_of_their_heading(page: str) -> None:
    assert '<td data-value="0.2">0.20</td>' in page  # training: 12 seconds in minutes
    assert '<td data-value="3.0">+3.0</td><td data-order="-0.01">-1.0 to +7.0</td>' in page
    assert '<td data-value="3.0">+3.0<br>' in page


def test_the_gap_of_training_and_validation_is_told_without_a_cause() -> None:
    history = contents().histories[0]
    near, far = (
        training_curves([replace(history, rows=[{**row, "train_accuracy": accuracy} for row in history.rows])])[0]
        for accuracy in (0.89, 0.99)
    )
    assert "There training and validation accuracy are within 2 points." in near.reading
    assert "There training accuracy is 11.0 points above validation." in far.reading
    assert "over-fitting" not in near.reading + far.reading


def test_tables_and_drawings_of_two_recipes_are_called_apart() -> None:
    made = contents()
    (one,) = made.diagnosis["backbones"]
    both = [one, {**one, "recipe": "two"}]
    page = without_plotly(build_page(replace(made, diagnosis={"backbones": both})))
    for name in ("one", "two"):
        assert page.count(f'aria-label="Measured causes of {name}"') == 1
        assert f"Points of test accuracy that each cause costs {name};" in page
        assert f'aria-label="{name}: linear probe after each stage"' in page


def test_what_the_points_of_over_fitting_are_is_said(page: str) -> None:
    assert "of over-fitting, accuracy on training photos less that on validation photos." in page


def test_pairs_of_an_earlier_version_show_their_p() -> None:
    made = contents()
    pairs = [{key: value for key, value in pair.items() if key != "p_adjusted"} for pair in made.evaluation["pairs"]]
    page = without_plotly(build_page(replace(made, evaluation={**made.evaluation, "pairs": pairs})))
    assert "0.100" in page
    assert "An interval speaks of its own pair" not in page


@pytest.mark.parametrize("build", ["page", "comparison"])
def test_of_several_pairs_it_is_said_what_the_interval_and_what_p_speaks_of(build: str) -> None:
    made = contents()
    several = {**made.evaluation, "pairs": [*made.evaluation["pairs"]] * 3}
    sentences = {"claims": [], "refused": [], "claims_ko": [], "refused_ko": []}
    page = (
        build_page(replace(made, evaluation=several)) if build == "page" else build_comparison_page(several, sentences)
    )
    assert "An interval speaks of its own pair; p is corrected for all 3 pairs together" in page


def test_pairs_with_what_is_made_of_recipes_are_a_family_of_their_own() -> None:
    made = contents()
    (pair,) = made.evaluation["pairs"]
    views = {**made.evaluation["recipes"][0], "name": f"{pair['a']} + TTA(4)", "derived_from": [pair["a"]]}
    recipes = [*made.evaluation["recipes"], views]
    pairs = [pair, {**pair, "b": views["name"]}]
    page = build_page(replace(made, evaluation={**made.evaluation, "recipes": recipes, "pairs": pairs}))
    assert "p is corrected for 1 pair of trained recipes together, and for 1 pair with what is made of them" in page
    assert "pairs together" not in page


def _light(colour: Sequence[float]) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _colour(text: str) -> list[float]:
    return [int(text[place : place + 2], 16) / 255 for place in (1, 3, 5)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["hit", "miss"])
def test_letters_in_the_darkest_cells_are_legible(theme: str, kind: str) -> None:
    style = (resources.files("leafgraft.report") / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", part)) for part in style.split("@media")[:2])
    colours = light if theme == "light" else light | dark
    fill, panel, ink = (_colour(colours[name]) for name in (kind, "panel", "ink"))
    cell = [DARKEST * over + (1 - DARKEST) * under for over, under in zip(fill, panel, strict=True)]
    darker, lighter = sorted((_light(cell), _light(ink)))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_letters_in_plotly_s_darkest_cells_are_legible() -> None:
    assert (_light(_colour(DARKEST_CELL)) + 0.05) / (_light(_colour("#111111")) + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("harder_by", "words"),
    [
        ((), "below validation."),
        (("augmentation",), "augmentation makes"),
        (("augmentation", "dropout"), "dropout make "),
    ],
)
def test_only_what_a_recipe_has_is_named_as_a_cause(harder_by: tuple[str, ...], words: str) -> None:
    row = {"epoch": 0.0, "train_loss": 1.0, "validation_loss": 0.5, "train_accuracy": 0.5, "validation_accuracy": 0.9}
    phase = {"from_epoch": 0, "learning": [], "rate_scale": {}}
    (figure,) = training_curves([TrialHistory("one", 0, 0, [row], [phase], 0, harder_by)])
    assert words in figure.reading


def with_places(names: Sequence[str], **more: object) -> dict:
    figures = {"accuracy": 0.5, "interval": [0.4, 0.6], "balanced_accuracy": 0.45, "balanced_interval": [0.3, 0.6]}
    figures |= {"mean_confidence": 0.9, "photos": 40, "groups": 39, "largest_class": 0.4}
    found = evaluation(tied=False)
    recipes = [{**one, "places": dict.fromkeys(names, figures)} for one in found["recipes"]]
    return {**found, "left_out": [], "untrained": [], "recipes": recipes, **more}


def test_every_table_has_the_places_and_their_names_are_escaped() -> None:
    page = build_page(replace(contents(), evaluation=with_places([NASTY, "field 2"])))
    assert NASTY not in page
    assert "Test figures in 2 places" in page
    assert page.count('<th scope="col">field 2</th>') == 1
    assert "It was trained on, too" in page
    assert "Photos of every place were trained on, too" in page
    strange = build_page(replace(contents(), evaluation=with_places([NASTY, "field 2"], untrained=["field 2"])))
    assert "in field 2 (40 test photos). It was not trained on." in strange
    assert "No photo was trained on of: field 2." in strange
    assert strange.count("It was trained on, too") == page.count("It was trained on, too") - 1
    assert "Photos of every place were trained on" not in strange
    unknown = build_page(replace(contents(), evaluation=with_places(["field 2"], untrained=None)))
    assert "in field 2 (40 test photos). </p>" in unknown
    assert "trained on, too" not in unknown
    keys = ("claims", "refused", "claims_ko", "refused_ko")
    many = with_places([f"farm {number}" for number in range(6)], left_out=["farm 1"])
    comparison = build_comparison_page(many, dict.fromkeys(keys, ("x",)))
    assert '<th scope="col">farm 1</th>' not in comparison
    assert "Test figures in 6 places" in comparison
    assert "Each place was left out of training in turn" in comparison
    assert "In each place" not in build_page(contents())
    left_out = build_page(replace(contents(), evaluation=with_places(["farm 1"], left_out=["farm 1"])))
    assert "sure; in places left out of training" in left_out
    assert "sure; at home" not in left_out
    assert "sure; at home" in page


def test_every_share_of_an_adaptation_has_its_interval() -> None:
    page = " ".join(adaptation(INDEX).split())
    assert page.count("(95% interval 50.0% to 70.0% before, 60.0% to 80.0% now)") == 3, "home, elsewhere, the testing"
    assert "</button> 50.0% to 70.0% before, 60.0% to 80.0% now)" in page, "in the place"
    assert "<p>95% interval 50.0% to 70.0% before, 60.0% to 80.0% now. " in page, "of what is declined"
    cells = ("70.0% (58.0% to 79.0%)", "100.0% (93.0% to 100.0%)", "100.0% (94.0% to 100.0%)")
    assert all(f"<td>{cell}</td>" in page for cell in cells)
    assert "with 95% intervals (bars)" in page
    lead = "In 밭 the difference is +10.0 points (95% interval +2.0 to +18.0), +10.0 at home (+2.0 to +18.0)."
    assert lead in page, "beside the headline"
    assert "70.0% (58.0%~79.0%)" in adaptation(Edition(Path("index.html"), "ko"))


def test_an_adaptation_says_what_home_was_measured_on() -> None:
    page = " ".join(adaptation(INDEX).split())
    assert "of 90 validation photos right, on which the setting was chosen, too" in page
    balanced = "Balanced accuracy 50.0% (40.0% to 60.0%) → 60.0% (50.0% to 75.0%)."
    assert page.count(balanced) == 2, "at home, and in the place that was left out"
    assert "In 온실, not trained on before" in page
