"""Spaces of settings: drawn from, and looked at from end to end."""

from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.tuning import Given, Options, Range, Tuned, Tuning, draw, extremes, searched_space

HEADS = Options((Choice("linear"), Choice("mlp", {"dropout": Range(0.0, 0.5), "hidden": Options(([8], [16], [32]))})))


class Noting:
    """Picks the last of everything, and keeps the paths."""

    def __init__(self):
        self.paths = []

    def number(self, path, among):
        self.paths.append(path)
        return among.high

    def option(self, path, labels):
        self.paths.append(f"{path}: {', '.join(labels)}")
        return len(labels) - 1


def test_settings_have_the_paths_of_where_they_are():
    noting = Noting()
    assert draw(HEADS, "head", noting) == Choice("mlp", {"dropout": 0.5, "hidden": [32]})
    assert noting.paths == ["head: linear, mlp", "head.mlp.dropout", "head.mlp.hidden: [8], [16], [32]"]


def test_twins_keep_their_settings_apart():
    twins = Options((Choice("mlp", {"dropout": Range(0.0, 0.2)}), Choice("mlp", {"dropout": Range(0.4, 0.6)})))
    noting = Noting()
    assert draw(twins, "head", noting).settings == {"dropout": 0.6}
    assert noting.paths == ["head: mlp #1, mlp #2", "head #2.mlp.dropout"]
    pipelines = Options(
        ((Choice("jitter", {"x": Range(0, 1)}),), (Choice("flip"), Choice("jitter", {"x": Range(2, 3)})))
    )
    noting = Noting()
    draw(pipelines, "augmentation", noting)
    assert noting.paths[-1] == "augmentation.flip+jitter.jitter.x"


def test_one_option_is_no_question_and_plain_values_stay():
    noting = Noting()
    assert draw(Options(("fixed",)), "batch_norm", noting) == "fixed"
    assert noting.paths == []


def test_extremes_hold_every_option_and_every_end():
    tuned = Tuned(Recipe(Choice("resnet18")), Tuning({"learning_rate": Range(1e-4, 1e-1, log=True), "head": HEADS}))
    recipes = list(extremes(tuned))
    assert {recipe.learning_rate for recipe in recipes} >= {1e-4, 1e-1}
    assert any(1e-4 < float(recipe.learning_rate or 0) < 1e-1 for recipe in recipes)
    heads = [recipe.head for recipe in recipes]
    assert Choice("linear") in heads
    assert {tuple(head.settings["hidden"]) for head in heads if head.name == "mlp"} == {(8,), (16,), (32,)}
    assert {head.settings["dropout"] for head in heads if head.name == "mlp"} >= {0.0, 0.5}
    assert len(recipes) == 3 + 1 + 2 + 2


def test_the_space_of_a_search_has_every_range_and_all_options():
    tuned = Tuned(Recipe(Choice("resnet18")), Tuning({"learning_rate": Range(1e-4, 1e-1, log=True), "head": HEADS}))
    assert searched_space(tuned) == {
        "learning_rate": Range(1e-4, 1e-1, log=True),
        "head": ["linear", "mlp"],
        "head.mlp.dropout": Range(0.0, 0.5),
        "head.mlp.hidden": ["[8]", "[16]", "[32]"],
    }


def test_whole_numbers_are_whole():
    given = Given({"n": 1})
    assert draw(Range(1.0, 8.0, whole=True), "n", given) == 8
    assert isinstance(draw(Range(1.0, 8.0, whole=True), "n", given), int)
    assert given.counts == {"n": 2}
