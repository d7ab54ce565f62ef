"""Study files: what they say, and every way in which they can be wrong."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leafgraft.errors import StudyFileError
from leafgraft.records.recipe import Choice, Recipe, SmallFirst, Training
from leafgraft.records.split import SplitPlan
from leafgraft.records.study import PRESETS, Ensemble, Study
from leafgraft.storage.study_file import load_study, study_for_photos
from leafgraft.storage.study_syntax.whole_study import resolved_text

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "photos: leaves\nrecipes:\n  - backbone: resnet18\n"


def load(folder: Path, text: str) -> Study:
    path = folder / "given.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def refused(folder: Path, text: str) -> StudyFileError:
    with pytest.raises(StudyFileError) as caught:
        load(folder, text)
    assert str(folder / "given.yaml") in caught.value.asked + caught.value.found
    return caught.value


@pytest.mark.parametrize("key", ["weights", "scheduler", "loss", "learning_rate", "augmentation", "best_of"])
@pytest.mark.parametrize("top", [False, True])
def test_a_key_without_a_value_is_no_default(tmp_path: Path, key: str, *, top: bool) -> None:
    text = f"{key}:\n{PLAIN}" if top else f"weights: none\n{PLAIN}    {key}:\n"
    error = refused(tmp_path, text)
    assert f"line {1 if top else 5}: {key} must have a value." in error.asked
    assert error.mend == f"Write one, or leave {key} out."


def test_malformed_yaml_is_said_with_line_and_column(tmp_path: Path) -> None:
    error = refused(tmp_path, "photos: [a, b\nrecipes: c\n")
    assert error.found == "Line 2, column 8 cannot be read; the YAML reader says: expected ',' or ']', but got ':'."
    assert error.mend == "Indent with spaces, close brackets and quotes, and quote odd text."


@pytest.mark.parametrize("key", ["also_test", "foreign"])
def test_the_name_of_a_folder_is_refused_with_an_example(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, f"{PLAIN}{key}: {{'a b': field}}\n")
    assert error.mend.startswith("Use these alone, as in field_2026")


def test_the_least_that_a_study_says(tmp_path: Path) -> None:
    study = load(tmp_path, PLAIN)
    assert study == Study("given", str(tmp_path / "leaves"), (Recipe(Choice("resnet18")),))


def test_lists_of_a_block_are_crossed(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "photos: leaves\nrecipes:\n  - backbone: [a, b]\n    strategy: [uniform, {gradual: {unfreeze_at: 5}}]\n"
        "    learning_rate: [1e-3, 0.01, 1]\n  - backbone: c\n",
    )
    crossed = [
        (recipe.backbone.name, recipe.strategy.name, dict(recipe.strategy.settings), recipe.learning_rate)
        for recipe in study.recipes
    ]
    assert len(crossed) == 2 * 2 * 3 + 1
    assert crossed[0] == ("a", "uniform", {}, 0.001)
    assert crossed[5] == ("a", "gradual", {"unfreeze_at": 5}, 1.0)
    assert crossed[-1] == ("c", "frozen", {}, None)


def test_keys_of_the_top_level_are_defaults_that_a_block_overrides(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "photos: leaves\nimage_size: 96\nweights: none\nloss: focal\nrecipes:\n  - backbone: a\n"
        "  - {backbone: b, image_size: [64, 128], loss: cross_entropy}\n",
    )
    assert [(one.backbone.name, one.image_size, one.weights, one.loss.name) for one in study.recipes] == [
        ("a", 96, "none", "focal"),
        ("b", 64, "none", "cross_entropy"),
        ("b", 128, "none", "cross_entropy"),
    ]


@pytest.mark.parametrize(
    ("given_value", "at_the_top", "in_a_block"),
    [
        ("[]", [()], [()]),
        ("blur", [("blur",)], [("blur",)]),
        ("[blur, flip]", [("blur", "flip")], [("blur",), ("flip",)]),
        ("[[blur, flip], [], [jitter]]", [("blur", "flip"), (), ("jitter",)], [("blur", "flip"), (), ("jitter",)]),
        ("[[blur, flip], jitter]", [("blur", "flip"), ("jitter",)], [("blur", "flip"), ("jitter",)]),
        ("{jitter: {hue: 0.1}}", [("jitter",)], [("jitter",)]),
    ],
)
def test_lists_of_augmentations(
    tmp_path: Path, given_value: str, at_the_top: list[tuple[str, ...]], in_a_block: list[tuple[str, ...]]
) -> None:
    top = load(tmp_path, f"{PLAIN}augmentation: {given_value}\n")
    block = load(tmp_path, f"{PLAIN}    augmentation: {given_value}\n")
    assert [tuple(choice.name for choice in one.augmentation) for one in top.recipes] == at_the_top
    assert [tuple(choice.name for choice in one.augmentation) for one in block.recipes] == in_a_block


def test_every_choice_knows_its_line(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "photos: leaves\nhead: linear\naugmentation:\n  - blur\n  - flip:\n      vertical: true\nrecipes:\n"
        "  - backbone:\n      - a\n      - timm:b\n    strategy:\n      gradual:\n        unfreeze_at: 5\n",
    )
    path = tmp_path / "given.yaml"
    one, two = study.recipes
    assert [choice.where for choice in one.augmentation] == [f"{path}, line 4", f"{path}, line 5"]
    assert one.head.where == f"{path}, line 2"
    assert (one.backbone.where, two.backbone.where) == (f"{path}, line 9", f"{path}, line 10")
    assert one.strategy.where == f"{path}, line 12"


@pytest.mark.parametrize(
    ("weights", "line", "mend"),
    [("pretrain", 3, "Did you mean 'pretrained'"), ("[none, nets/w]", 3, "Name a .safetensors")],
)
def test_weights_that_are_no_file_are_refused_by_line(tmp_path: Path, weights: str, line: int, mend: str) -> None:
    with pytest.raises(StudyFileError, match=rf"line {line}: weights must be 'pretrained', 'none' or a file.*{mend}"):
        load(tmp_path, f"photos: leaves\nrecipes: [{{backbone: a}}]\nweights: {weights}\n")
    assert load(tmp_path, "photos: leaves\nrecipes: [{backbone: a}]\nweights: /gone.pth\n").recipes[0].weights


def test_paths_are_relative_to_the_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    study = load(
        tmp_path,
        "photos: ../leaves\nweights: [pretrained, none, nets/w.safetensors]\nrecipes: [{backbone: a}]\n"
        "groups: groups.csv\n"
        "also_test: {field: ~/field, web: {folder: kaggle:o/n, classes: {'0': Healthy, No: Late}}}\n"
        "foreign: {cars: ../cars}\n",
    )
    assert study.foreign == {"cars": str(tmp_path.parent / "cars")}
    assert study.photos == str(tmp_path.parent / "leaves")
    assert [recipe.weights for recipe in study.recipes] == ["pretrained", "none", str(tmp_path / "nets/w.safetensors")]
    assert study.groups == str(tmp_path / "groups.csv")
    assert study.also_test == {"field": str(tmp_path / "home/field"), "web": "kaggle:o/n"}
    assert study.class_names == {"web": {"0": "Healthy", "No": "Late"}}
    assert load(tmp_path, PLAIN.replace("leaves", "kaggle:owner/name")).photos == "kaggle:owner/name"


def test_yaml_as_people_write_it(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "\ufeffphotos: 잎 사진 🌿\nexclude: ['1e4', 'No']\nrecipes:\n"
        "  - &first\n    backbone: a\n    loss: {class_balanced: {beta: 9.99e-1, on: focal}}\n  - *first\n",
    )
    assert study.photos == str(tmp_path / "잎 사진 🌿")
    assert study.exclude == ("1e4", "No")
    assert study.recipes[0].loss == Choice("class_balanced", {"beta": 0.999, "on": "focal"})
    assert study.recipes[1] == study.recipes[0]


def test_the_rest_of_the_keys(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        PLAIN + "name: mine\nsplit: {folds: 5, seed: 3, keep_groups: false}\n"
        "training: {epochs: 2, patience: 1, batch_size: 8, seeds: [3, 1], views: 0}\n"
        "ensembles: [{of: best, members: 5}, {of: [a, b]}, {of: [a, b], average: weights, share: 0.3}]\n"
        "tta: {views: 8}\nact_above: 0.8\n",
    )
    assert study.name == "mine"
    assert study.split == SplitPlan(seed=3, keep_groups=False, folds=5)
    assert study.training == Training(2, 1, 8, (3, 1), 0)
    averaged = Ensemble(("a", "b"), average="weights", share=0.3)
    assert study.ensembles == (Ensemble("best", 5), Ensemble(("a", "b"), 3), averaged)
    assert study.tta_views == 8
    assert study.act_above == 0.8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", ["is empty", "photos and recipes"], id="empty file"),
        pytest.param("# only a comment\n", ["is empty"], id="only a comment"),
        pytest.param("- a\n", ["holds a list"], id="a list"),
        pytest.param("hello\n", ["holds one value"], id="text"),
        pytest.param("photos: a\n\trecipes: 1\n", ["Line 2", "\\t", "spaces"], id="tab"),
        pytest.param("photos: a\n  recipes: 1\n", ["Line 2", "spaces"], id="indentation"),
        pytest.param("photos: [a\n", ["Line 2", "','"], id="open bracket"),
        pytest.param(PLAIN + "---\n" + PLAIN, ["Line 4", "another document"], id="two documents"),
        pytest.param(PLAIN + "a: *x\n", ["Line 4", "undefined alias"], id="undefined alias"),
        pytest.param(PLAIN + "name: \x01\n", ["x0001"], id="control character"),
        pytest.param(PLAIN + "photos: b\n", ["'photos' once", "Line 4"], id="key twice"),
        pytest.param(PLAIN + "training: {epochs: 1, epochs: 2}\n", ["'epochs' once", "Line 4"], id="inner key twice"),
        pytest.param(PLAIN + "? [a]\n: b\n", ["must be text", "Line 4"], id="list as key"),
        pytest.param(PLAIN + "a: &x {b: 1}\nc: {<<: *x}\n", ["must be text", "Line 5"], id="merge key"),
        pytest.param(PLAIN + "name: !!python/object:os.system x\n", ["Line 4", "python/object"], id="tag"),
        pytest.param(PLAIN + "name: 2024-01-01\n", ["Line 4", "timestamp", "Quote"], id="date"),
        pytest.param(PLAIN + "name: !!int abc\n", ["Line 4", "Quote"], id="no whole number"),
        pytest.param(PLAIN + "name: !!bool abc\n", ["Line 4", "Quote"], id="no truth value"),
        pytest.param(PLAIN + f"name: {'9' * 5000}\n", ["Line 4"], id="5000 digits"),
        pytest.param(PLAIN + "a: &x [*x]\n", ["nested deeper", "Line 4"], id="anchor that holds itself"),
        pytest.param(PLAIN + f"a: {'[' * 20}{']' * 20}\n", ["nested deeper", "Line 4"], id="20 levels"),
        pytest.param(PLAIN + f"a: {'[' * 5000}{']' * 5000}\n", ["nested deeper"], id="5000 levels"),
        pytest.param(PLAIN + f"a: {'{a: ' * 3000}{'}' * 3000}\n", ["nested deeper"], id="3000 mappings"),
        pytest.param(PLAIN + f"exclude: [{'a,' * 21_000}]\n", ["20,000 values", "Line 4"], id="too many values"),
        pytest.param("#" * 1_000_001, ["1,000,000 bytes", "1,000,001"], id="too large"),
    ],
)
def test_malformed_yaml_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    error = refused(tmp_path, text)
    for word in words:
        assert word in str(error)


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    text = PLAIN + "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True):
        text += f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
    assert "aliases" in str(refused(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("recipes: [{backbone: a}]\n", 1, ["'photos' must be given"], id="no photos"),
        pytest.param("photos: a\n", 1, ["'recipes' must be given"], id="no recipes"),
        pytest.param("photos: ''\nrecipes: [{backbone: a}]\n", 1, ["'photos'", "not empty"], id="photos empty"),
        pytest.param("photos: 5\nrecipes: [{backbone: a}]\n", 1, ["'photos' must be text", "Quote"], id="photos 5"),
        pytest.param('photos: "a\\0b"\nrecipes: [{backbone: a}]\n', 1, ["path", "null byte"], id="null byte"),
        pytest.param("photos: ~nobody-here/x\nrecipes: [{backbone: a}]\n", 1, ["path", "~nobody-here"], id="no home"),
        pytest.param("photos: a\nrecipes: []\n", 2, ["'recipes'", "not empty"], id="no blocks"),
        pytest.param("photos: a\nrecipes:\n", 2, ["'recipes' must be a list", "is empty"], id="recipes empty"),
        pytest.param("photos: a\nrecipes: [a]\n", 2, ["'recipes.0'", "'a'", "Allowed: backbone"], id="bare recipe"),
        pytest.param("photos: a\nrecipes: {backbone: a}\n", 2, ["must be a list", "backbone"], id="no list"),
        pytest.param("photos: a\nrecipes:\n  - head: linear\n", 3, ["must name a backbone"], id="no backbone"),
        pytest.param("photos: a\nrecipes:\n  - backbone: []\n", 3, ["menu name", "empty"], id="nothing to cross"),
        pytest.param(PLAIN + "recipies: 1\n", 4, ["'recipies'", "mean 'recipes'", "Allowed: "], id="unknown key"),
        pytest.param(PLAIN + "zzz: 1\n", 4, ["'zzz'", "Allowed: "], id="unknown key without a likeness"),
        pytest.param(PLAIN + "    strateggy: x\n", 4, ["mean 'strategy'", "of recipes"], id="unknown recipe key"),
        pytest.param(PLAIN + "training:\n  epoch: 5\n", 5, ["mean 'epochs'", "patience"], id="unknown training key"),
        pytest.param(PLAIN + "epochs: 5\n", 4, ["under 'training:'"], id="training key at the top"),
        pytest.param(PLAIN + "    seeds: [0]\n", 4, ["under 'training:'"], id="training key in a block"),
        pytest.param(PLAIN + "    tta: {views: 4}\n", 4, ["top level"], id="top key in a block"),
        pytest.param(PLAIN + "also_test: {f: {folder: a, klasses: {}}}\n", 4, ["mean 'classes'"], id="second key"),
        pytest.param(PLAIN + "training: {epochs: 0}\n", 4, ["'training.epochs' must be at least 1", "It is 0"], id="0"),
        pytest.param(PLAIN + "training: {epochs: 5.5}\n", 4, ["whole number", "5.5"], id="half an epoch"),
        pytest.param(PLAIN + "training: {epochs: '5'}\n", 4, ["whole number", "'5'"], id="a number as text"),
        pytest.param(PLAIN + "training: {epochs: true}\n", 4, ["whole number", "true"], id="a truth value"),
        pytest.param(PLAIN + "training: {batch_size: 1}\n", 4, ["batch_size", "at least 2"], id="batches of 1"),
        pytest.param(PLAIN + "training: {patience: 0}\n", 4, ["patience", "at least 1"], id="no patience"),
        pytest.param(PLAIN + "training:\n  seeds: [0, 1, 0]\n", 5, ["must differ", "[0, 1, 0]"], id="a seed twice"),
        pytest.param(PLAIN + "training: {seeds: 3}\n", 4, ["a list", "into brackets: seeds: [3]."], id="one seed"),
        pytest.param(PLAIN + "training: {seeds: []}\n", 4, ["not empty"], id="no seeds"),
        pytest.param(PLAIN + "training: {seeds: [0, -1]}\n", 4, ["seeds.1", "at least 0", "-1"], id="seed below 0"),
        pytest.param(PLAIN + f"training: {{seeds: [{2**63}]}}\n", 4, ["seeds.0", "at most 9.2"], id="long seed"),
        pytest.param(
            PLAIN + "split: {train: 0.9}\n",
            4,
            ["They sum to 1.1: 0.9 + 0.1 + 0.1"],
            id="shares",
        ),
        pytest.param(PLAIN + "split: {train: 1.5}\n", 4, ["'split.train' must be less than 1"], id="share above 1"),
        pytest.param(PLAIN + "split: {folds: 1}\n", 4, ["'split.folds' must be at least 2"], id="one fold"),
        pytest.param(PLAIN + "split: even\n", 4, ["'split'", "'even'", "keep_groups"], id="split as text"),
        pytest.param(PLAIN + "strategy: 5\n", 4, ["menu name", "leafgraft menu"], id="strategy 5"),
        pytest.param(PLAIN + "strategy: {gradual: 5}\n", 4, ["'strategy.gradual'", "settings"], id="no settings"),
        pytest.param(PLAIN + "strategy: {gradual: {}, full: {}}\n", 4, ["2 names: gradual, full"], id="two names"),
        pytest.param(PLAIN + "strategy: {}\n", 4, ["no name"], id="no names"),
        pytest.param(PLAIN + "augmentation: [[[blur]]]\n", 4, ["'augmentation.0.0'", "menu name"], id="too many lists"),
        pytest.param(PLAIN + "learning_rate: fast\n", 4, ["a number", "'fast'"], id="rate as text"),
        pytest.param(PLAIN + "learning_rate: -1\n", 4, ["more than 0", "-1"], id="rate below 0"),
        pytest.param(PLAIN + "learning_rate: [0.1, .nan]\n", 4, ["learning_rate.1", "finite"], id="rate nan"),
        pytest.param(PLAIN + "image_size: big\n", 4, ["whole number", "'big'"], id="size as text"),
        pytest.param(PLAIN + "image_size: 0\n", 4, ["at least 1"], id="size 0"),
        pytest.param(PLAIN + "batch_norm: fixd\n", 4, ["'train' or 'fixed'", "'fixd'"], id="batch_norm"),
        pytest.param(PLAIN + "balance: place\n", 4, ["'none' or 'places'", "'place'"], id="balance"),
        pytest.param(PLAIN + "auxiliary: maybe\n", 4, ["true or false", "'maybe'"], id="auxiliary"),
        pytest.param(PLAIN + "weights: 5\n", 4, ["text", "Quote"], id="weights 5"),
        pytest.param(PLAIN + "tta: {views: 1}\n", 4, ["'tta.views' must be at least 2"], id="one view"),
        pytest.param(PLAIN + "tta: 4\n", 4, ["'tta'", "Allowed: views"], id="tta 4"),
        pytest.param(PLAIN + "act_above: 70\n", 4, ["'act_above' must be"], id="act_above in percent"),
        pytest.param(PLAIN + "ensembles: [{of: bst}]\n", 4, ["'best' or 'all'", "'bst'"], id="ensemble of bst"),
        pytest.param(PLAIN + "ensembles: [{members: 1}]\n", 4, ["members", "at least 2"], id="ensemble of one"),
        *(
            pytest.param(PLAIN + f"ensembles: [{{{entry}}}]\n", 4, words, id=entry)
            for entry, words in (
                ("average: weights", ["two recipes by name", "Under of stands best"]),
                ("average: weights, of: [a, b, c]", ["Under of stands a, b, c"]),
                ("average: weights, of: [a, a]", ["Under of stands a, a"]),
                ("average: weight, of: [a, b]", ["'probabilities' or 'weights'", "'weight'"]),
                ("share: 0.5", ["share needs average: weights"]),
                ("average: weights, of: [a, b], share: 1.1", ["share", "at most 1"]),
                ("average: weights, of: [a, b], share: .nan", ["share"]),
                ("average: weights, of: [a, b], share: 0", ["between 0 and 1", "0 is 'a' alone"]),
                ("average: weights, of: [a, b], share: 1.0", ["between 0 and 1", "1 is 'b' alone"]),
            )
        ),
        pytest.param(PLAIN + "ensembles: {of: best}\n", 4, ["'ensembles' must be a list"], id="ensembles no list"),
        pytest.param(PLAIN + "also_test: {'a/b': x}\n", 4, ["folder under also_test", "'a/b'"], id="second name"),
        pytest.param(PLAIN + "foreign: {'a b': x}\n", 4, ["folder under foreign", "'a b'"], id="foreign name"),
        pytest.param(PLAIN + "foreign: cars\n", 4, ["foreign", "'cars'"], id="foreign as text"),
        pytest.param(
            PLAIN + "also_test: {Field: a, field: b}\n",
            4,
            ["must differ in more than case", "'Field' and 'field'"],
            id="second names in another case",
        ),
        pytest.param(PLAIN + "also_test: {f: 5}\n", 4, ["'also_test.f'", "text"], id="second folder 5"),
        pytest.param(PLAIN + "also_test: {f: {folder: 5}}\n", 4, ["'also_test.f.folder' must be text"], id="folder 5"),
        pytest.param(PLAIN + "also_test: {f: {classes: {}}}\n", 4, ["'folder' must be given"], id="no folder"),
        pytest.param("photos: [a, b]\nrecipes: [{backbone: a}]\n", 1, ["{home: FOLDER, field:"], id="photos listed"),
        pytest.param("photos: {}\nrecipes: [{backbone: a}]\n", 1, ["'photos'", "empty"], id="no places"),
        pytest.param("photos: {a/b: x}\nrecipes: [{backbone: a}]\n", 1, ["no /", "'a/b'"], id="place with a slash"),
        pytest.param("photos: {f: 5}\nrecipes: [{backbone: a}]\n", 1, ["'photos.f'", "text"], id="place 5"),
        pytest.param("photos: {f: {classes: {}}}\nrecipes: [{backbone: a}]\n", 1, ["'folder' must"], id="place bare"),
        pytest.param(
            "photos: {f: {folder: a, classes: {junk: ''}}}\nrecipes: [{backbone: a}]\n",
            1,
            ["'photos.f.classes.junk' must be text that is not empty"],
            id="class without a name",
        ),
        pytest.param(
            "photos: {f: {folder: a, klasses: {}}}\nrecipes: [{backbone: a}]\n", 1, ["mean 'classes'"], id="place key"
        ),
        pytest.param(
            "photos: {f: a, h: b}\nalso_test: {f: c}\nrecipes: [{backbone: a}]\n",
            2,
            ["another name than the places", "'f'"],
            id="place and second folder",
        ),
        pytest.param(PLAIN + "split: {leave_out: places}\n", 4, ["must be 'place'", "'places'"], id="leave_out"),
        pytest.param(PLAIN + "split: {leave_out: place, folds: 5}\n", 4, ["stands with folds"], id="leave_out, folds"),
        pytest.param(
            PLAIN + "split: {leave_out: place, train: 0.7, test: 0.2}\n",
            4,
            ["without train, test", "with train, test"],
            id="leave_out with shares",
        ),
        pytest.param(PLAIN + "exclude: Late\n", 4, ["a list", "brackets: exclude: [Late]."], id="exclude as text"),
        pytest.param(PLAIN + "exclude: [a, No]\n", 4, ["'exclude.1' must be text", "false", "Quote"], id="exclude No"),
        pytest.param(PLAIN + "groups: [a]\n", 4, ["'groups' must be text", "{name: '^("], id="groups as list"),
        pytest.param(PLAIN + "groups:\n  name: '^(x'\n", 5, ["cannot be read: missing )"], id="groups no pattern"),
        pytest.param(PLAIN + "groups: {name: '^x'}\n", 4, ["no parentheses", "'^("], id="groups capture nothing"),
        pytest.param(PLAIN + "groups: {name: 5}\n", 4, ["'groups.name' must be text"], id="groups by number"),
        pytest.param(PLAIN + "name: ../etc\n", 4, ["dot", "'../etc'"], id="name leads out"),
        pytest.param(PLAIN + "name: a/b\n", 4, ["no /", "'a/b'"], id="name with a slash"),
        pytest.param(PLAIN + f"name: {'a' * 101}\n", 4, ["1 to 100"], id="long name"),
    ],
)
def test_wrong_values_are_named_with_their_line(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    error = refused(tmp_path, text)
    assert f"given.yaml, line {line}:" in error.asked
    for word in words:
        assert word in str(error)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match="does not exist"):
        load_study(tmp_path / "none.yaml")
    with pytest.raises(StudyFileError, match="is a folder"):
        load_study(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"photos: Bl\xe4tter\n")
    with pytest.raises(StudyFileError, match="UTF-8"):
        load_study(tmp_path / "latin.yaml")


@pytest.mark.parametrize("name", ["demo", "potato", "potato-next", *PRESETS, "unfreeze-at"])
def test_shipped_studies_load(name: str) -> None:
    study = load_study(ROOT / "studies" / f"{name}.yaml")
    assert study.name == name
    assert study.recipes
    assert len({recipe.identity for recipe in study.recipes}) == len(study.recipes)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_in_the_package_is_the_study_in_the_folder(name: str) -> None:
    inside, outside = (ROOT / folder / f"{name}.yaml" for folder in ("src/leafgraft/studies", "studies"))
    assert not outside.is_symlink(), "a checkout on Windows has the path of the other file in its place"
    assert inside.read_text(encoding="utf-8") == outside.read_text(encoding="utf-8")


def test_every_study_in_the_package_is_a_preset() -> None:
    assert {path.stem for path in (ROOT / "src/leafgraft/studies").glob("*")} == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_bare_photos_get_the_preset_that_is_named(name: str, tmp_path: Path) -> None:
    found = study_for_photos(str(tmp_path / "leaves"), name)
    assert found.recipes == load_study(ROOT / "studies" / f"{name}.yaml").recipes
    assert found.name == "leaves"


def test_bare_photos_get_the_first_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = load_study(ROOT / "studies" / "minutes.yaml")
    for name in ("leaves.v2", "잎 사진", "plain"):
        folder = tmp_path / name
        folder.mkdir()
        assert study_for_photos(str(folder)) == replace(quick, photos=str(folder), name=name)
    (tmp_path / "rows.csv").write_text("path,label\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "plain")
    assert study_for_photos(".").name == "plain"
    assert study_for_photos("../rows.csv") == replace(quick, photos=str(tmp_path / "rows.csv"), name="rows")
    assert study_for_photos("kaggle:owner/name/") == replace(quick, photos="kaggle:owner/name/", name="name")
    assert study_for_photos("/").name == "photos"
    assert study_for_photos(f"/a:b\n{'c' * 300}").name == f"a-b{'c' * 97}"
    assert study_for_photos("/.hidden.").name == "hidden"
    with pytest.raises(StudyFileError, match="null byte"):
        study_for_photos("a\0b")


names = st.text("abzé잎-_1e+.", min_size=1, max_size=6)
numbers = st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
values = names | numbers | st.booleans() | st.lists(numbers, max_size=2)
choices = st.builds(Choice, names, st.dictionaries(names, values, max_size=2))
recipes = st.builds(
    Recipe,
    backbone=choices,
    strategy=choices,
    head=choices,
    loss=choices,
    optimizer=choices,
    scheduler=choices,
    augmentation=st.lists(choices, max_size=3).map(tuple),
    weights=st.sampled_from(["pretrained", "none", "/nets/w 1.safetensors"]),
    batch_norm=st.sampled_from(["train", "fixed"]),
    auxiliary=st.booleans(),
    learning_rate=st.none() | st.floats(1e-9, 90),
    image_size=st.integers(1, 500),
    balance=st.sampled_from(["none", "places"]),
)
plans = st.builds(SplitPlan, validation=st.sampled_from([0.1, 0.3]), leave_out=st.just("place")) | st.builds(
    SplitPlan,
    train=st.just(0.7),
    validation=st.just(0.2),
    test=st.just(0.1),
    seed=st.integers(0, 9),
    keep_groups=st.booleans(),
    folds=st.none() | st.integers(2, 50),
)
trainings = st.builds(
    Training,
    epochs=st.integers(1, 90),
    patience=st.integers(1, 9),
    batch_size=st.integers(2, 99),
    seeds=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True).map(tuple),
    views=st.integers(0, 9),
)


@st.composite
def studies(draw: st.DrawFn) -> Study:
    second = draw(st.dictionaries(st.sampled_from(["field", "web.2", "1e4"]), st.just("/elsewhere"), max_size=2))
    places = draw(st.dictionaries(st.sampled_from(["home", "밭 2", "1e5"]), st.just("/place"), max_size=2))
    return Study(
        name=draw(names.filter(lambda name: not name.startswith("."))),
        photos="" if places else draw(st.sampled_from(["/leaves", "/a: b # c", "kaggle:o/n"])),
        places=places,
        recipes=tuple(draw(st.lists(recipes, min_size=1, max_size=3))),
        split=draw(plans),
        training=draw(trainings),
        also_test=second,
        foreign=draw(st.sampled_from([{}, {"cars": "/cars", "1e4": "/a: b # c"}])),
        class_names={name: draw(st.dictionaries(names, names, min_size=1, max_size=2)) for name in (*second, *places)},
        **draw(st.sampled_from([{}, {"groups": "/groups.csv"}, {"group_name": r"^(\d+)_"}])),
        exclude=tuple(draw(st.lists(names, max_size=2))),
        ensembles=draw(st.sampled_from([(), (Ensemble("best", 4), Ensemble(("a", "1e4"), 2, "weights", 0.3))])),
        tta_views=draw(st.sampled_from([0, 2, 8])),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(study=studies())
def test_resolved_studies_come_back_as_they_were(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "resolved.yaml"
    path.write_text(resolved_text(study), encoding="utf-8")
    assert load_study(path) == study


def test_lists_that_cross_to_more_than_anyone_trains_are_refused(tmp_path: Path) -> None:
    rates = ", ".join(f"{number}e-6" for number in range(1, 300))
    sizes = ", ".join(map(str, range(32, 300)))
    path = tmp_path / "study.yaml"
    path.write_text(
        f"photos: leaves\nrecipes:\n- {{backbone: vgg16, learning_rate: [{rates}], image_size: [{sizes}]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyFileError, match=r"line 3: .* at most 10,000 recipes\. .* make 80,132\."):
        load_study(path)


def test_resolved_files_name_every_key(tmp_path: Path) -> None:
    path = tmp_path / "resolved.yaml"
    path.write_text(resolved_text(load_study(ROOT / "studies" / "potato.yaml")), encoding="utf-8")
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    # A rate of its own is not needed: the menu knows it. Small photos first stand in image_size.
    wanted = {field.name for field in fields(Recipe)} - {"name", "learning_rate", "small_first"}
    assert all(wanted <= set(recipe) for recipe in written["recipes"])
    assert set(written["training"]) == {field.name for field in fields(Training)}


def test_small_photos_first(tmp_path: Path) -> None:
    sides = "    image_size: [96, {first: 64, epochs: 3, then: 96}]\n"
    study = load(tmp_path, PLAIN + sides)
    assert [(one.image_size, one.small_first) for one in study.recipes] == [(96, None), (96, SmallFirst(64, 3))]
    assert load(tmp_path, resolved_text(study)) == study


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        ("{frist: 64, epochs: 3, then: 96}", "Did you mean 'first'? Allowed: first, epochs, then."),
        ("{first: 64, epochs: 3}", "'then' must be given"),
        ("{first: 64, epochs: 0, then: 96}", "'recipes.0.image_size.epochs' must be at least 1"),
        ("large", "{first: 128, epochs: 5, then: 224}"),
    ],
)
def test_small_photos_that_cannot_be(tmp_path: Path, sides: str, words: str) -> None:
    error = refused(tmp_path, PLAIN + f"    image_size: {sides}\n")
    assert words in " ".join([error.asked, error.found, error.mend])
    error = refused(tmp_path, f"image_size: {sides}\n" + PLAIN)
    assert words.replace("recipes.0.", "") in " ".join([error.asked, error.found, error.mend])


def test_small_photos_first_are_not_searched_for(tmp_path: Path) -> None:
    searched = "    tune: {trials: 3, image_size: [96, {first: 64, epochs: 3, then: 96}]}\n"
    assert "a list of values it may have" in refused(tmp_path, PLAIN + searched).asked
