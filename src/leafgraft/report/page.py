"""The page: one self-contained HTML file for each language."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from leafgraft.languages.editions import Edition
from leafgraft.languages.speaking import said, speaking
from leafgraft.languages.templates import translate
from leafgraft.records.correction import corrections_words
from leafgraft.records.display import (
    MOST_PLACES,
    missed_words,
    not_measured_words,
    of_places,
    percent,
    second_folders,
    span,
)
from leafgraft.records.evaluation import pairs_words
from leafgraft.records.finding import NOT_KEPT, findings_of, seen_in_training
from leafgraft.report.contents import PageContents, Plain, WrongPhoto
from leafgraft.report.explanations import Explained
from leafgraft.report.figures import accuracy_bars, cells_of, confusion, training_curves, wrong_of_cells
from leafgraft.report.flow import describe_flow, flow_picture
from leafgraft.report.next_steps import next_steps
from leafgraft.report.paper.tables.latex import HANGUL, LIGATURES, SETUP, SPECIAL
from leafgraft.report.reasons import learning_figure, photos_of_causes, robustness_figure, stage_figure
from leafgraft.report.tuning import history_figure, rate_figure

INDEX = Edition(Path("report/index.html"))


def build_page(contents: PageContents, edition: Edition = INDEX) -> str:
    """Render the page of a study.

    Args:
        contents: Plain values; what is empty leaves no section.
        edition: The language, and where the page lies.

    Returns:
        HTML that needs no other file and no connection.
    """
    with speaking(edition.language):
        return render("page.html", edition, _values(contents))


def _values(contents: PageContents) -> dict[str, Any]:
    evaluation, floors = contents.evaluation, contents.audit.get("floors", {})
    return {
        **_of_recipes(evaluation, floors, {contents.verdict.get("recipe"): contents.wrong.shown}),
        "page": contents,
        "photos_of_causes": photos_of_causes,
        "second": second_folders(evaluation["recipes"]),
        "floors": floors,
        "lacking": not_measured_words(contents.audit.get("floors_not_measured", {})),
        "seen_in_training": seen_in_training(contents.audit),
        "curves": training_curves(contents.histories),
        "wrong": [(one, cells_of(one, evaluation["classes"])) for one in contents.wrong.shown],
        "of_cell": wrong_of_cells(contents.wrong, evaluation["classes"]),
        "next_steps": next_steps(contents),
        "names": contents.paths,
        "corrections": corrections_words(contents.audit.get("corrections", {})),
        "stale": contents.plan.get("stale", ()),
        "flows": [(one, flow_picture(one), describe_flow(one)) for one in contents.architectures],
        "stages": [figure for one in contents.diagnosis.get("backbones", ()) if (figure := stage_figure(one))],
        "learning": [learning_figure(one) for one in contents.learning_curves],
        "disturbed": robustness_figure(contents.robustness, evaluation["rows"]) if contents.robustness else None,
        **_tuning(contents.searches, contents.rates),
    }


def _of_recipes(evaluation: Plain, floors: Plain, wrong: Mapping[str | None, Sequence[WrongPhoto]]) -> dict[str, Any]:
    """What every page has that compares recipes; `wrong`: photos that a page shows, by their recipe."""
    classes, recipes = evaluation["classes"], evaluation["recipes"]
    return {
        "evaluation": evaluation,
        "recipes": sorted(recipes, key=lambda one: (one["tier"], -one["accuracy"])),
        "places": sorted({name for one in recipes for name in one.get("places", {})}),
        "bars": accuracy_bars(evaluation, floors),
        "confusions": [confusion(one, classes, wrong.get(one["name"], ())) for one in recipes],
        "plotly": plotly_script(),
    }


def build_search_page(name: str, searches: Sequence[Plain], rates: Sequence[Plain], edition: Edition = INDEX) -> str:
    """Render the page of searches or rate curves alone, before anything is trained for good.

    Args:
        name: Name of the study.
        searches: As in tuning.json.
        rates: As in rates.json.
        edition: The language, and where the page lies.
    """
    with speaking(edition.language):
        values = {"title": name, "plotly": plotly_script(), **_tuning(searches, rates)}
        return render("search.html", edition, values)


def _tuning(searches: Sequence[Plain], rates: Sequence[Plain]) -> dict[str, Any]:
    return {
        "searches": [(one, history_figure(one)) for one in searches],
        "rates": [rate_figure(one) for one in rates],
    }


def build_comparison_page(
    evaluation: Mapping[str, Any],
    sentences: Mapping[str, Sequence[str]],
    notes: Sequence[str] = (),
    edition: Edition = INDEX,
) -> str:
    """Render the page of a comparison of predictions files.

    Args:
        evaluation: As in evaluation.json.
        sentences: ``claims``, ``refused``, ``claims_ko``, ``refused_ko``.
        notes: What was taken how, and what was left out.
        edition: The language, and where the page lies.
    """
    with speaking(edition.language):
        values = {
            **_of_recipes(evaluation, {}, {}),
            "title": said("Comparison"),
            "notes": notes,
            "second": second_folders(evaluation["recipes"]),
            "sentences": sentences,
            "names": {},
        }
        return render("comparison.html", edition, values)


def build_audit_page(
    name: str,
    audit: Mapping[str, Any],
    sheets: Mapping[str, Sequence[tuple[str, bytes]]],
    edition: Edition = INDEX,
) -> str:
    """Render the page of an audit.

    Args:
        name: Name of the photos.
        audit: As in audit.json.
        sheets: By title: captions and JPEGs of photos to look at.
        edition: The language, and where the page lies.
    """
    values = {"title": name, "audit": audit, "floors": audit["floors"], "sheets": sheets}
    values["corrections"] = corrections_words(audit.get("corrections", {}))
    values["lacking"] = not_measured_words(audit.get("floors_not_measured", {}))
    with speaking(edition.language):
        return render("audit.html", edition, values)


def plotly_script() -> Markup:
    """Plotly's own script, fit to stand inside a page; empty where it is not installed: the drawings then stay."""
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - comparing needs no more than the drawings
    except ModuleNotFoundError:
        return Markup()
    return Markup(get_plotlyjs().replace("</script", "<\\/script"))  # noqa: S704 - plotly's own file


def render(template: str, edition: Edition, values: Mapping[str, Any]) -> str:
    """A template in the language that is spoken now."""
    return environment(edition).get_template(template).render(values)


def environment(edition: Edition = INDEX) -> Environment:
    """Templates with every value escaped unless it is a drawing of ours."""
    made = Environment(
        loader=PackageLoader("leafgraft.report", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translate(made, lambda value: str(escape(value)), Markup)
    made.filters |= {"percent": percent, "points": points, "photo": photo, "as_json": as_json, "number": number}
    made.filters |= {
        "findings_of": findings_of,
        "missed_words": missed_words,
        "of_places": of_places,
        "pairs_words": pairs_words,
        "span": span,
        "span_of_points": span_of_points,
    }
    explained = Explained()
    made.globals |= {"MOST_PLACES": MOST_PLACES, "NOT_KEPT": NOT_KEPT, "edition": edition}
    made.globals |= {"explain": explained.explain, "explained_words": explained.notes}
    made.globals |= {"latex": {"special": SPECIAL, "ligatures": LIGATURES, "setup": SETUP, "beyond": HANGUL}}
    return made


def points(share: float) -> str:
    """0.017 to +1.7."""
    return f"{100 * share:+.1f}"


def span_of_points(interval: Sequence[float]) -> str:
    """(0.017, 0.03) to +1.7 to +3.0."""
    return said(f"{points(interval[0])} to {points(interval[1])}")


def number(value: float | None, digits: int = 0) -> str:
    """With thousands apart; a dash for nothing."""
    return "–" if value is None else f"{value:,.{digits}f}"


def photo(jpeg: bytes) -> str:
    """A JPEG as the address of an image."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def as_json(value: Mapping[str, Any]) -> Markup:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped here
