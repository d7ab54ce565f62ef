"""One contract per kind of menu; every entry of it passes the same tests."""

import copy
import json

import numpy as np
import pytest
import torch

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.choices.augmentations.randomness import photo_keys
from leafgraft.choices.backbones.build import build_backbone
from leafgraft.choices.heads.build import build_auxiliary_head, build_head
from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.menu import MENUS, find, menu_to_json, phases, settings
from leafgraft.choices.optimizers.build import build_optimizer
from leafgraft.choices.resolve import resolve
from leafgraft.choices.schedulers.build import build_schedule
from leafgraft.errors import MenuError
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.training.analysis.heatmap import last_map, map_axes
from leafgraft.training.heads.stacked import TURN

TIMM = ("timm:resnet10t", "timm:convnext_atto", "timm:vit_tiny_patch16_224", "timm:mobilenetv3_small_050")
BACKBONES = [*(name for name in MENUS["backbones"] if name != "timm:NAME"), *TIMM]
ENTRIES = [(kind, name) for kind, menu in MENUS.items() for name in menu]
SIDE = 64
EPOCHS, STEPS = 7, 5
STAGES = ("stem", "layer1", "layer2")


def chosen(kind, name, **given):
    return Choice(name, settings(kind, Choice(name, given)))


@pytest.fixture(scope="module", params=BACKBONES)
def backbone(request):
    """Built once each: pytest runs all tests of one before it builds the next."""
    return build_backbone(Choice(request.param), "none", SIDE).eval()


def photos_nchw(count=2, seed=0):
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * 4 - 2


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_an_entry_says_what_it_is_and_its_defaults_are_allowed(kind, name):
    entry = MENUS[kind][name]
    assert entry.name == name
    assert entry.summary
    assert not entry.summary.endswith(".")
    assert entry.source
    for setting in entry.settings.values():
        assert setting.allowed
        assert setting.read(setting.default) == setting.default
    (shown,) = [one for one in menu_to_json(kind)[kind] if one["name"] == name]
    assert set(shown) == {"name", "summary", "defaults", "source"}
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name in ENTRIES if name != "timm:NAME"])
def test_settings_that_are_unknown_or_out_of_range_are_refused(kind, name):
    entry = MENUS[kind][name]
    with pytest.raises(MenuError, match="line 12") as caught:
        settings(kind, Choice(name, {"no_such_setting": 1}, where="study.yaml, line 12"))
    assert "no_such_setting" in caught.value.asked
    assert all(setting in caught.value.mend for setting in entry.settings)
    for setting in entry.settings:
        for wrong in ("no such word", -1e12, [], {}, float("nan")):
            with pytest.raises(MenuError) as caught:
                settings(kind, Choice(name, {setting: wrong}))
            assert entry.settings[setting].allowed in caught.value.asked


USED = {
    "backbones": {"vgg16", "resnet18", "resnet50", "mobilenet_v2", "googlenet", "squeezenet1_1", "efficientnet_b0"}
    | {"efficientnet_lite0"},
    "strategies": {"uniform", "full", "frozen", "gradual", "partial", "stagewise", "probe", "probe_then_full"},
    "heads": {"linear", "mlp"},
    "losses": {"cross_entropy", "focal", "class_balanced"},
    "optimizers": {"sgd", "adam", "adamw"},
    "schedulers": {"constant", "step", "plateau", "cosine", "one_cycle"},
    "augmentations": {"blur", "jitter", "affine", "flip", "random_resized_crop", "trivial_augment", "mixup", "cutmix"},
}


@pytest.mark.parametrize("kind", MENUS)
def test_no_name_that_study_files_use_is_lost(kind):
    assert USED[kind] <= set(MENUS[kind])


class TestEveryBackbone:
    def test_it_can_be_cut_anywhere_without_a_change_of_its_features(self, backbone):
        photos = photos_nchw()
        with torch.inference_mode():
            whole = backbone(photos)
            assert whole.shape == (2, backbone.feature_width)
            assert torch.isfinite(whole).all()
            assert backbone.cuts[0] == 0
            assert backbone.cuts[-1] == len(backbone.stage_names)
            for stages in backbone.cuts:
                maps = backbone.prefix(photos, stages)
                torch.testing.assert_close(backbone.suffix(maps, stages), whole)
                features, _ = backbone.forward_with_taps(maps, stages) if stages < backbone.cuts[-1] else (whole, ())
                torch.testing.assert_close(features, whole)
            assert torch.equal(backbone.prefix(photos, 0), photos)

    def test_every_weight_belongs_to_one_stage(self, backbone):
        assert len(set(backbone.stage_names)) == len(backbone.stage_names) >= 3
        held = [id(weight) for stage in backbone.stage_names for weight in backbone.stage_parameters(stage)]
        assert len(set(held)) == len(held)
        assert set(held) == {id(weight) for weight in backbone.parameters()}

    def test_every_normalisation_belongs_to_one_stage(self, backbone):
        norms = torch.nn.modules.batchnorm._BatchNorm
        held = [id(m) for stage in backbone.stage_names for m in backbone.stage_modules(stage) if isinstance(m, norms)]
        assert sorted(held) == sorted(id(m) for m in backbone.modules() if isinstance(m, norms))

    def test_every_weight_learns(self, backbone):
        backbone.zero_grad()
        backbone(photos_nchw()).square().sum().backward()
        assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in backbone.parameters())
        backbone.zero_grad(set_to_none=True)

    def test_its_last_map_is_what_heat_maps_need(self, backbone):
        with torch.inference_mode():
            last, after = last_map(backbone, photos_nchw())
            if last is None:
                assert backbone.cuts == (0, len(backbone.stage_names))
                return
            whole = after == len(backbone.stage_names)
            features = torch.flatten(backbone.pool(last), 1) if whole else backbone.suffix(last, after)
            torch.testing.assert_close(features, backbone(photos_nchw()))
        channels, (rows, columns) = map_axes(last, backbone.feature_width)
        assert last.shape[0] == 2
        assert last.shape[rows] == last.shape[columns] > 1
        assert {0, channels, rows, columns} == {0, 1, 2, 3}

    def test_its_taps_come_in_the_order_of_its_stages(self, backbone):
        with torch.inference_mode():
            _, taps = backbone.forward_with_taps(photos_nchw(), 0)
        assert [maps.shape[1] for maps in taps] == [tap.channels for tap in backbone.auxiliary_taps]
        places = [backbone.stage_names.index(tap.stage) for tap in backbone.auxiliary_taps]
        assert places == sorted(places)
        for tap, maps in zip(backbone.auxiliary_taps, taps, strict=True):
            assert build_auxiliary_head(tap, 4).eval()(maps).shape == (2, 4)

    def test_every_strategy_has_phases_on_it(self, backbone):
        stages = backbone.stage_names
        for strategy in MENUS["strategies"]:
            made = phases(chosen("strategies", strategy), stages)
            starts = [phase.from_epoch for phase in made]
            assert starts[0] == 0
            assert starts == sorted(set(starts))
            for phase in made:
                assert list(phase.learning) == [stage for stage in stages if stage in phase.learning]
                assert set(phase.rate_scale) <= {*phase.learning, "head"}
                assert all(0 < scale <= 10 for scale in phase.rate_scale.values())


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v2", "timm:resnet10t"])
def test_random_weights_come_from_the_seed_alone(name):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    states = [build_backbone(Choice(name), "none", SIDE, seed).state_dict() for seed in (0, 0, 1)]
    assert torch.equal(torch.rand(3), expected)
    same = [torch.equal(states[0][key], states[1][key]) for key in states[0]]
    other = [torch.equal(states[0][key], states[2][key]) for key in states[0]]
    assert all(same)
    assert not all(other)


@pytest.mark.parametrize("name", MENUS["strategies"])
def test_every_strategy_gives_the_head_a_rate_unless_it_is_solved_for(name):
    rate = resolve(Recipe(Choice("resnet18"), Choice(name))).learning_rate
    (*_, last) = phases(chosen("strategies", name), STAGES)
    assert rate is None if last.solved else 0 < rate < 1


@pytest.mark.parametrize("name", MENUS["heads"])
class TestEveryHead:
    def test_features_become_logits_and_every_weight_learns(self, name):
        head = build_head(chosen("heads", name), 20, 3)
        features = torch.randn(8, 20)
        logits = head(features)
        assert logits.shape == (8, 3)
        logits.square().sum().backward()
        assert all(torch.isfinite(weight.grad).all() for weight in head.parameters())

    def test_a_photo_is_answered_the_same_alone_and_in_company(self, name):
        head = build_head(chosen("heads", name), 20, 2).eval()
        features = torch.randn(5, 20)
        with torch.inference_mode():
            torch.testing.assert_close(head(features)[2:3], head(features[2:3]))


COUNTS = np.array([700, 200, 100])


@pytest.mark.parametrize("name", MENUS["losses"])
class TestEveryLoss:
    def one_hot(self, labels):
        return torch.nn.functional.one_hot(torch.tensor(labels), 3).float()

    def test_each_photo_has_its_own_loss(self, name):
        loss = build_loss(chosen("losses", name), COUNTS)
        logits, targets = torch.randn(6, 3), self.one_hot([0, 1, 2, 0, 1, 2])
        each = loss(logits, targets)
        assert each.shape == (6,)
        assert (each >= 0).all()
        torch.testing.assert_close(loss(logits[3:4], targets[3:4]), each[3:4])

    def test_a_right_answer_costs_less_than_a_wrong_one(self, name):
        loss = build_loss(chosen("losses", name), COUNTS)
        right, wrong = torch.tensor([[5.0, 0, 0]]), torch.tensor([[0, 5.0, 0]])
        target = self.one_hot([0])
        assert loss(right, target) < loss(torch.zeros(1, 3), target) < loss(wrong, target)

    def test_mixed_targets_lie_between_the_two(self, name):
        loss = build_loss(chosen("losses", name), COUNTS)
        logits = torch.tensor([[3.0, 0, -1.0]])
        first, second = self.one_hot([0]), self.one_hot([1])
        mixed = loss(logits, 0.7 * first + 0.3 * second)
        assert loss(logits, first) < mixed < loss(logits, second)

    def test_large_logits_keep_finite_slopes(self, name):
        loss = build_loss(chosen("losses", name), COUNTS)
        logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0], [0.0, 0.0, 0.0]], requires_grad=True)
        total = loss(logits, self.one_hot([0, 0, 2])).sum()
        total.backward()
        assert torch.isfinite(total)
        assert torch.isfinite(logits.grad).all()


FLAT = [("focal", {"gamma": gamma}) for gamma in (0.1, 0.5, 0.9)]
FLAT.append(("class_balanced", {"on": "focal", "gamma": 0.5}))


@pytest.mark.parametrize(("name", "settings"), FLAT)
def test_powers_below_one_keep_finite_slopes(name, settings):
    loss = build_loss(chosen("losses", name, **settings), COUNTS)
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0], [20.0, 0.0, 0.0]], requires_grad=True)
    total = loss(logits, torch.eye(3)[[0, 0, 0]]).sum()
    with torch.autograd.set_detect_anomaly(mode=True):  # torch may lose a slope that is no number
        total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("name", MENUS["optimizers"])
class TestEveryOptimizer:
    def test_it_goes_down_at_the_rate_of_each_group(self, name):
        torch.manual_seed(0)
        fast, still = torch.nn.Parameter(torch.randn(10)), torch.nn.Parameter(torch.randn(10))
        before = still.detach().clone()
        groups = [{"params": [fast], "lr": 0.05}, {"params": [still], "lr": 0.0}]
        optimizer = build_optimizer(chosen("optimizers", name), groups)
        start = (fast.square().sum() + still.square().sum()).item()
        for _ in range(100):
            optimizer.zero_grad()
            (fast.square().sum() + still.square().sum()).backward()
            optimizer.step()
        assert fast.square().sum().item() < start / 20
        assert torch.equal(still, before)

    @pytest.mark.parametrize("rows", [2, 3, 7, 40])
    def test_it_moves_rows_together_as_it_moves_them_apart(self, name, rows):
        """To the last bit: heads are moved together on that condition."""
        generator = torch.Generator().manual_seed(rows)
        start = torch.randn(rows, TURN, generator=generator)
        gradients = [torch.randn(rows, TURN, generator=generator) for _ in range(5)]
        together = torch.nn.Parameter(start.clone())
        apart = [torch.nn.Parameter(row.clone()) for row in start]
        for parameters, grads_of in (([together], lambda g: [g]), (apart, list)):
            optimizer = build_optimizer(chosen("optimizers", name), [{"params": parameters, "lr": 0.01}])
            for gradient in gradients:
                for parameter, own in zip(parameters, grads_of(gradient), strict=True):
                    parameter.grad = own
                optimizer.step()
        assert torch.equal(together, torch.stack(apart))


@pytest.mark.parametrize("name", MENUS["schedulers"])
class TestEveryScheduler:
    def test_its_factor_lies_between_0_and_1_throughout(self, name):
        schedule = build_schedule(chosen("schedulers", name), EPOCHS, STEPS)
        factors = []
        for epoch in range(EPOCHS):
            factors += [schedule.factor(epoch, step) for step in range(STEPS)]
            schedule.observe(1.0)
        assert all(0 <= factor <= 1 for factor in factors)
        assert factors[0] > 0
        assert max(factors) >= 0.95

    def test_it_goes_on_from_a_kept_state_as_if_never_stopped(self, name):
        losses = [1.0, 0.5, 0.6, 0.7, 0.65, 0.66, 0.9]
        choice = chosen("schedulers", name)
        for stop in range(1, EPOCHS):
            straight = build_schedule(choice, EPOCHS, STEPS)
            for epoch in range(stop):
                straight.observe(losses[epoch])
            resumed = build_schedule(choice, EPOCHS, STEPS)
            resumed.load_state_dict(json.loads(json.dumps(straight.state_dict())))
            for epoch in range(stop, EPOCHS):
                assert resumed.factor(epoch, 2) == straight.factor(epoch, 2)
                straight.observe(losses[epoch])
                resumed.observe(losses[epoch])

    def test_one_epoch_of_one_step_is_enough(self, name):
        assert 0 < build_schedule(chosen("schedulers", name), 1, 1).factor(0, 0) <= 1


def drawn_photos(count):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 32, 32, 3), dtype=torch.uint8, generator=generator)


def augmented(name, photos, keys, seed=3, epoch=4, rows=None):
    """Change, and mix each photo with the one behind it; of some rows only if asked for."""
    augmentation = build_augmentation([chosen("augmentations", name)])
    assert augmentation
    partner = torch.roll(torch.arange(len(photos)), -1)
    rows = torch.arange(len(photos)) if rows is None else torch.tensor(rows)
    changed = augmentation.change(photos[rows], keys[rows], seed, epoch)
    partners = augmentation.change(photos[partner[rows]], keys[partner[rows]], seed, epoch)
    return augmentation.mix(changed, partners, keys[rows], seed, epoch)


@pytest.mark.parametrize("name", MENUS["augmentations"])
class TestEveryAugmentation:
    keys = torch.from_numpy(photo_keys([f"photo {number}" for number in range(24)]).copy())

    def test_photos_stay_photos_and_most_change(self, name):
        photos = drawn_photos(24)
        before = photos.clone()
        changed, own = augmented(name, photos, self.keys)
        assert torch.equal(photos, before)
        assert changed.shape == (24, 3, 32, 32)
        assert changed.dtype == torch.float32
        assert changed.min() >= -1e-3
        assert changed.max() <= 255.001
        assert own.shape == (24,)
        assert ((own >= 0) & (own <= 1)).all()
        plain = photos.permute(0, 3, 1, 2).float()
        different = [(changed[row] - plain[row]).abs().max() > 0.5 for row in range(24)]
        assert sum(different) >= 8

    def test_a_photo_changes_the_same_in_any_batch(self, name):
        photos = drawn_photos(24)
        changed, own = augmented(name, photos, self.keys)
        for rows in ([5], [23, 5, 0], list(range(23, -1, -1))):
            again, again_own = augmented(name, photos, self.keys, rows=rows)
            torch.testing.assert_close(again, changed[rows], atol=1e-3, rtol=0)
            assert torch.equal(again_own, own[rows])

    def test_seed_epoch_and_photo_decide(self, name):
        photos = drawn_photos(1).expand(24, -1, -1, -1).contiguous()
        first, _ = augmented(name, photos, self.keys)
        assert torch.equal(first, augmented(name, photos, self.keys)[0])
        if name in {"mixup", "cutmix"}:  # equal photos mix to themselves: look at their shares
            draws = [augmented(name, photos, self.keys, seed=s, epoch=e)[1] for s, e in ((3, 4), (4, 4), (3, 5))]
            assert len(torch.unique(draws[0])) > 10
        else:
            draws = [augmented(name, photos, self.keys, seed=s, epoch=e)[0] for s, e in ((3, 4), (4, 4), (3, 5))]
            assert len({photo.numpy().tobytes() for photo in draws[0]}) > 3
        assert not torch.equal(draws[0], draws[1])
        assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("name", BACKBONES)
def test_a_recipe_of_every_backbone_resolves_to_itself(name):
    recipe = resolve(Recipe(Choice(name)))
    assert resolve(recipe) == recipe
    assert resolve(recipe).identity == recipe.identity
    assert copy.deepcopy(recipe) == recipe
    assert find("backbones", recipe.backbone).build
