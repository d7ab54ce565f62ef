from dataclasses import replace

import pytest

from leafgraft.choices.menu import find, menu_to_json, phases, settings
from leafgraft.choices.resolve import resolve, without_effect
from leafgraft.errors import MenuError
from leafgraft.records.recipe import Choice, Recipe, SmallFirst
from leafgraft.records.strategy import Phase

STAGES = ("stem", "layer1", "layer2", "layer3")


def recipe(**given):
    return Recipe(**{"backbone": Choice("mobilenet_v2"), **given})


def refused(given, *words):
    with pytest.raises(MenuError) as caught:
        resolve(given)
    assert caught.value.found
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_name_is_refused_with_the_place_the_near_name_and_what_is_allowed():
    choice = Choice("mobilnet_v2", where="studies/potato.yaml, line 12")
    with pytest.raises(MenuError) as caught:
        find("backbones", choice)
    text = str(caught.value)
    assert text.startswith("studies/potato.yaml, line 12: 'mobilnet_v2'")
    assert "Did you mean 'mobilenet_v2'?" in text
    assert "googlenet" in text
    with pytest.raises(MenuError, match="Allowed: sgd, adam, adamw"):
        find("optimizers", Choice("zzzz"))
    with pytest.raises(MenuError, match="such as timm:resnet10t"):
        find("backbones", Choice("timm:NAME"))


def test_an_unknown_setting_is_refused_with_the_near_one():
    with pytest.raises(MenuError, match=r"Did you mean 'unfreeze_at'\? Allowed: unfreeze_at, backbone_rate"):
        settings("strategies", Choice("gradual", {"unfreeze": 3}))
    with pytest.raises(MenuError, match="none: write the bare name"):
        settings("strategies", Choice("frozen", {"unfreeze_at": 3}))


@pytest.mark.parametrize(
    ("kind", "name", "given"),
    [
        ("strategies", "gradual", {"unfreeze_at": 0}),
        ("strategies", "gradual", {"unfreeze_at": 2.5}),
        ("strategies", "gradual", {"unfreeze_at": True}),
        ("heads", "mlp", {"hidden": [0]}),
        ("heads", "mlp", {"hidden": []}),
        ("heads", "mlp", {"hidden": 512}),
        ("heads", "mlp", {"activation": "relu6"}),
        ("heads", "mlp", {"batch_norm": 1}),
        ("losses", "focal", {"alpha": [1, -1]}),
        ("losses", "focal", {"alpha": "some"}),
        ("losses", "cross_entropy", {"label_smoothing": 1}),
        ("schedulers", "plateau", {"mode": "low"}),
        ("schedulers", "plateau", {"mode": "max"}),
        ("augmentations", "flip", {"horizontal": 1.1}),
    ],
)
def test_values_out_of_range_are_refused(kind, name, given):
    with pytest.raises(MenuError, match="must be"):
        settings(kind, Choice(name, given))


def test_a_default_is_told_as_a_study_file_holds_it():
    with pytest.raises(MenuError, match=r"The default is null\."):
        settings("losses", Choice("focal", {"alpha": "None"}))


def test_defaults_are_filled_in_and_numbers_take_one_form():
    assert settings("strategies", Choice("gradual")) == {"unfreeze_at": 5, "backbone_rate": 0.1}
    smoothed = settings("losses", Choice("cross_entropy", {"label_smoothing": 0}))
    assert isinstance(smoothed["label_smoothing"], float)
    whole, real = (recipe(loss=Choice("focal", {"gamma": gamma})) for gamma in (2, 2.0))
    assert resolve(whole).identity == resolve(real).identity == resolve(recipe(loss=Choice("focal"))).identity


def test_filling_in_defaults_leaves_the_menu_as_it_was():
    settings("heads", Choice("mlp"))["hidden"].append(7)
    assert settings("heads", Choice("mlp"))["hidden"] == [512]


def test_a_resolved_recipe_writes_everything_out():
    resolved = resolve(recipe(augmentation=(Choice("blur"),)))
    assert resolved.learning_rate == pytest.approx(1.25e-3)
    assert resolved.augmentation[0].settings == {"sigma_max": 1.5, "probability": 0.5}
    assert resolved.scheduler.settings == {"warmup_epochs": 0.0, "floor": 0.0}
    assert resolved.identity != recipe().identity


def test_gradient_descent_has_three_times_adams_rate_unless_one_is_named():
    adam, sgd = (resolve(recipe(optimizer=Choice(name))).learning_rate for name in ("adam", "sgd"))
    assert sgd == pytest.approx(3 * adam)
    assert resolve(recipe(optimizer=Choice("sgd"), learning_rate=0.02)).learning_rate == 0.02


def test_where_a_choice_was_written_does_not_make_another_recipe():
    placed = recipe(backbone=Choice("mobilenet_v2", where="a.yaml, line 3"))
    assert resolve(placed) == resolve(recipe())
    assert resolve(placed).identity == resolve(recipe()).identity
    assert resolve(replace(recipe(), weights="none")).identity != resolve(recipe()).identity


def test_what_does_not_go_together_is_refused():
    refused(recipe(auxiliary=True), "mobilenet_v2 has none", "googlenet")
    refused(recipe(augmentation=(Choice("mixup"), Choice("cutmix"))), "mixup and cutmix")
    for strategy in ("probe", "probe_then_full"):
        refused(recipe(strategy=Choice(strategy), head=Choice("mlp")), f"{strategy} needs a linear head")
    assert resolve(recipe(backbone=Choice("googlenet"), auxiliary=True)).auxiliary


def test_what_is_trained_with_has_no_part_in_a_head_that_is_solved_for():
    probe = recipe(strategy=Choice("probe"))
    given = {
        "loss": Choice("focal"),
        "optimizer": Choice("sgd"),
        "scheduler": Choice("constant"),
        "augmentation": (Choice("flip"),),
        "learning_rate": 0.1,
        "batch_norm": "fixed",
        "small_first": SmallFirst(64, epochs=2),
    }
    for key, value in given.items():
        changed = replace(probe, **{key: value})
        assert resolve(changed) == resolve(probe)
        assert without_effect(changed) == ["image_size: first" if key == "small_first" else key]
        assert without_effect(replace(changed, strategy=Choice("frozen"))) == []
    assert without_effect(probe) == []
    assert resolve(replace(probe, image_size=96)) != resolve(probe)
    refused(replace(probe, loss=Choice("no such loss")), "no such loss")


def test_values_of_the_recipe_itself_are_checked():
    refused(recipe(learning_rate=0.0), "learning_rate")
    refused(recipe(learning_rate=float("nan")), "learning_rate")
    refused(recipe(batch_norm="freeze"), "batch_norm", "train or fixed")
    refused(recipe(image_size=16), "image_size")
    refused(recipe(image_size=5000), "image_size")


def test_phases_of_each_strategy():
    def made(name, **given):
        return phases(Choice(name, given), STAGES)

    everything = dict.fromkeys(STAGES, 0.1)
    assert made("frozen") == (Phase(0),)
    assert made("probe") == (Phase(0, head_optimum=True),)
    assert made("uniform") == (Phase(0, STAGES),)
    assert made("gradual", unfreeze_at=3) == (Phase(0), Phase(3, STAGES, everything))
    assert made("partial", last=2) == (Phase(0, ("layer2", "layer3"), {"layer2": 0.1, "layer3": 0.1}),)
    assert made("probe_then_full") == (Phase(0, STAGES, head_optimum=True),)
    (full,) = made("full", decay=0.5)
    assert full.rate_scale == {"stem": 0.0625, "layer1": 0.125, "layer2": 0.25, "layer3": 0.5}
    stagewise = made("stagewise", every=2)
    assert [phase.from_epoch for phase in stagewise] == [0, 2, 4, 6, 8]
    assert [phase.learning for phase in stagewise] == [(), STAGES[3:], STAGES[2:], STAGES[1:], STAGES]


def test_more_stages_than_a_backbone_has_cannot_learn():
    with pytest.raises(MenuError, match="at least 5 stages"):
        phases(Choice("partial", {"last": 5}), STAGES)


def test_menus_are_told_as_plain_values():
    assert list(menu_to_json()) == [
        *("backbones", "strategies", "heads", "losses", "optimizers", "schedulers", "augmentations"),
    ]
    assert list(menu_to_json("heads")) == ["heads"]
    with pytest.raises(MenuError, match="Did you mean 'heads'"):
        menu_to_json("head")
