"""Every page, of made-up contents."""

from __future__ import annotations

from made_up import contents, evaluation, jpeg, rate, search

from leafgraft.languages.editions import Edition
from leafgraft.report.adaptation import build_adaptation_page
from leafgraft.report.page import build_audit_page, build_comparison_page, build_page, build_search_page


def study(edition: Edition) -> str:
    return build_page(contents(tied=False), edition)


def unfinished_study(edition: Edition) -> str:
    parts = ("the diagnosis", "learning curves", "disturbed photos", "the bundle")
    made = contents(tied=True)
    return build_page(type(made)(made.name, made.evaluation, made.verdict, missing=parts), edition)


def comparison(edition: Edition) -> str:
    figures = {"accuracy": 0.5, "interval": [0.4, 0.6], "balanced_accuracy": 0.45, "balanced_interval": [0.3, 0.6]}
    figures |= {"mean_confidence": 0.9, "photos": 40, "groups": 39, "largest_class": 0.4}
    found = evaluation(tied=True)
    recipes = [{**one, "places": {"밭": figures}} for one in found["recipes"]]
    pairs = [*found["pairs"]] * 3
    found = {**found, "recipes": recipes, "pairs": pairs, "left_out": []}
    return build_comparison_page(found, contents().verdict, (), edition)


def audit(edition: Edition) -> str:
    sheets = {"Labels that are likely wrong: 1 of 2 photos": [("a.jpg", jpeg())], "Blurred photos: 1 of 1 photo": []}
    return build_audit_page("잎", contents().audit, sheets, edition)


def searched(edition: Edition) -> str:
    return build_search_page("잎", [search()], [rate(), rate(None)], edition)


def adaptation(edition: Edition) -> str:
    share = {"share": 0.9, "interval": [0.8, 0.95]}
    change = {"before": 0.6, "after": 0.7, "interval": [0.6, 0.8], "before_interval": [0.5, 0.7], "photos": 90}
    balanced = {"balanced_before": 0.5, "balanced_before_interval": [0.4, 0.6]}
    balanced |= {"balanced_after": 0.6, "balanced_interval": [0.5, 0.75]}
    of_home = {"before": 1, "before_interval": [0.93, 1], "after": 1, "interval": [0.94, 1]}
    point = {"accuracy": 0.5, "interval": [0.41, 0.6], "balanced": 0.5, "balanced_interval": [0.39, 0.62]}
    difference = {"points": 10.0, "interval": [2.0, 18.0], "p": 0.01}
    figures = {
        "place": "밭",
        "why": "",
        "field": {**change, **balanced},
        "home": {**change, **balanced, "difference": difference, "part": "validation"},
        "untrained": {"온실": {**change, **balanced}},
        "declined": change,
        "answered": {"accuracy_of_answers": share},
        "gates": {"field": True, "home": False},
        "difference": difference,
        "testing": change,
        "said": [],
        "curve": [{"labels": n, **point} for n in (10, 20)],
        "networks": [
            {
                "network": "a",
                "chosen": True,
                "accuracy": 0.7,
                "interval": [0.58, 0.79],
                "loss": 0.5,
                "home_validation": of_home,
            }
        ],
    }
    missed = [{"path": "a.jpg", "true": "역병", "predicted": "Healthy", "thumbnail": jpeg()}]
    return build_adaptation_page(figures, "", missed, 3, edition)


PAGES = [study, unfinished_study, comparison, audit, searched, adaptation]
