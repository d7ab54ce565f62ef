import numpy as np
import pytest
import torch
from scipy import stats
from torchvision.transforms.v2 import functional as tv

from leafgraft.choices.augmentations.affine import Affine
from leafgraft.choices.augmentations.blur import Blur
from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.choices.augmentations.cutmix import Cutmix
from leafgraft.choices.augmentations.flip import Flip
from leafgraft.choices.augmentations.jitter import Jitter
from leafgraft.choices.augmentations.mixup import Mixup
from leafgraft.choices.augmentations.random_resized_crop import RandomResizedCrop
from leafgraft.choices.augmentations.randomness import permutation, photo_keys, uniforms
from leafgraft.choices.augmentations.trivial_augment import CHANGES, TrivialAugment
from leafgraft.choices.menu import settings
from leafgraft.records.recipe import Choice


def photos(count=4, side=32, seed=0):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 255


def keys(count):
    return torch.from_numpy(photo_keys([str(number) for number in range(count)]).copy())


def fixed(*numbers):
    """Hands out these numbers for every photo."""
    return lambda count, rows=4: torch.tensor(numbers[:count]).expand(rows, -1)


def close(one, other, tolerance=0.05):
    torch.testing.assert_close(one, other, atol=tolerance, rtol=0)


class TestRandomness:
    def test_numbers_are_uniform_and_do_not_repeat(self):
        drawn = uniforms(keys(20_000), 1, 2, 3, 4).numpy()
        assert drawn.shape == (20_000, 4)
        assert drawn.min() >= 0
        assert drawn.max() < 1
        for column in range(4):
            assert stats.kstest(drawn[:, column], "uniform").pvalue > 1e-4
        correlation = np.corrcoef(drawn.T) - np.eye(4)
        assert np.abs(correlation).max() < 0.04

    def test_neighbouring_seeds_epochs_operations_and_photos_have_nothing_in_common(self):
        some = torch.arange(5000)
        base = uniforms(some, 0, 0, 0, 1)[:, 0]
        others = [
            uniforms(some, 1, 0, 0, 1),
            uniforms(some, 0, 1, 0, 1),
            uniforms(some, 0, 0, 1, 1),
            uniforms(some + 1, 0, 0, 0, 1),
        ]
        for other in others:
            assert abs(np.corrcoef(base, other[:, 0])[0, 1]) < 0.06

    def test_more_numbers_begin_with_the_same_ones(self):
        assert torch.equal(uniforms(keys(9), 5, 6, 7, 2), uniforms(keys(9), 5, 6, 7, 6)[:, :2])

    def test_numbers_stay_below_1_in_single_precision(self):
        drawn = uniforms(torch.arange(400_000), 0, 0, 0, 4)
        assert drawn.dtype == torch.float32  # a GPU of Apple's has no double
        assert drawn.max() < 1
        assert torch.equal(drawn.double() * 2**24, (drawn.double() * 2**24).round())

    def test_seeds_of_any_size_are_taken(self):
        drawn = [uniforms(keys(3), seed, 0, 0, 1) for seed in (0, 2**31, 2**63 - 1, 2**64 - 1)]
        assert len({tuple(one[:, 0].tolist()) for one in drawn}) == 4

    def test_keys_tell_photos_apart_on_every_machine(self):
        assert len(set(photo_keys([f"{n:016x}" for n in range(5000)]).tolist())) == 5000
        assert photo_keys(["00112233445566aa"]).tolist() == [1522797377454336314]

    def test_a_permutation_depends_on_seed_epoch_and_purpose(self):
        drawn = [tuple(permutation(*which)) for which in ((0, 0, 50, 0), (1, 0, 50, 0), (0, 1, 50, 0), (0, 0, 50, 1))]
        assert len(set(drawn)) == 4
        assert sorted(drawn[0]) == list(range(50))
        assert tuple(permutation(0, 0, 50, 0)) == drawn[0]


class TestFlip:
    def test_each_way_happens_below_its_probability(self):
        given = photos()
        flip = Flip(0.5, 0.3)
        assert torch.equal(flip(given, fixed(0.49, 0.31)), given.flip(3))
        assert torch.equal(flip(given, fixed(0.5, 0.29)), given.flip(2))
        assert torch.equal(flip(given, fixed(0.1, 0.1)), given.flip((2, 3)))
        assert torch.equal(flip(given, fixed(0.9, 0.9)), given)


class TestBlur:
    @pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
    def test_it_is_torchvisions_gaussian_blur(self, sigma):
        given = photos()
        share = (sigma - 0.1) / (1.5 - 0.1)
        expected = tv.gaussian_blur(given, [11, 11], [sigma, sigma])
        close(Blur(1.5, 1.0)(given, fixed(share, 0.0)), expected)

    def test_photos_above_the_probability_stay(self):
        given = photos()
        assert torch.equal(Blur(1.5, 0.4)(given, fixed(0.9, 0.4)), given)

    def test_the_widest_blur_fits_the_smallest_photo(self):
        given = photos()
        blurred = Blur(20.0, 1.0)(given, fixed(0.999, 0.0))
        assert blurred.std() < given.std() / 10
        close(blurred.mean(), given.mean(), 3)


class TestJitter:
    def test_nothing_is_changed_at_the_middle_of_every_range(self):
        given = photos()
        close(Jitter(0.5, 0.5, 0.5, 0.1)(given, fixed(0.5, 0.5, 0.5, 0.5)), given)

    def test_brightness_and_contrast_are_torchvisions(self):
        given = photos()
        brighter = Jitter(0.4, 0, 0, 0)(given, fixed(1.0, 0.5, 0.5, 0.5))
        close(brighter, (given * 1.4).clamp(0, 255))
        flatter = Jitter(0, 0.4, 0, 0)(given, fixed(0.5, 0.0, 0.5, 0.5))
        close(flatter, tv.adjust_contrast(given / 255, 0.6) * 255, 0.3)

    def test_saturation_runs_from_grey_up(self):
        given = photos()
        grey = Jitter(0, 0, 1.0, 0)(given, fixed(0.5, 0.5, 0.0, 0.5))
        close(grey, tv.rgb_to_grayscale(given, 3), 0.3)
        half = Jitter(0, 0, 0.4, 0)(given, fixed(0.5, 0.5, 0.0, 0.5))
        close(half, tv.adjust_saturation(given / 255, 0.6) * 255, 0.3)

    def test_half_a_turn_of_the_hue_keeps_the_luminance(self):
        given = photos() * 0.2 + 100
        turned = Jitter(0, 0, 0, 0.5)(given, fixed(0.5, 0.5, 0.5, 1.0))
        close(tv.rgb_to_grayscale(turned), tv.rgb_to_grayscale(given), 0.3)
        assert (turned - given).abs().mean() > 5


class TestAffine:
    def test_nothing_is_changed_at_the_middle_of_every_range(self):
        given = photos()
        close(Affine(30.0, 0.2, 0.2)(given, fixed(0.5, 0.5, 0.5, 0.5)), given)

    def test_a_quarter_turn_is_exact(self):
        given = photos()
        turned = Affine(90.0, 0.0, 0.0)(given, fixed(1.0, 0.5, 0.5, 0.5))
        back = Affine(90.0, 0.0, 0.0)(turned, fixed(0.0, 0.5, 0.5, 0.5))
        close(turned, given.rot90(1, (2, 3)), 0.1)
        close(back, given, 0.2)

    def test_a_shift_is_a_share_of_the_side(self):
        given = photos()
        shifted = Affine(0.0, 0.25, 0.0)(given, fixed(0.5, 0.5, 1.0, 0.5))
        close(shifted[..., :24], given[..., 8:], 0.1)

    def test_scale_zooms_about_the_middle(self):
        given = torch.zeros(4, 3, 32, 32)
        given[..., 12:20, 12:20] = 200
        larger = Affine(0.0, 0.0, 0.5)(given, fixed(0.5, 1.0, 0.5, 0.5))
        assert larger.sum() / given.sum() == pytest.approx(1.5**2, rel=0.05)


class TestRandomResizedCrop:
    def test_the_whole_photo_stays_as_it_is(self):
        given = photos()
        close(RandomResizedCrop(0.5, 4 / 3)(given, fixed(1.0, 0.5, 0.3, 0.7)), given)

    def test_a_quarter_of_the_area_is_half_of_each_side(self):
        given = photos()
        cropped = RandomResizedCrop(0.25, 1.0)(given, fixed(0.0, 0.5, 0.0, 1.0))
        corner = given[..., 16:, :16]
        larger = torch.nn.functional.interpolate(corner, scale_factor=2, mode="bilinear")
        close(cropped[..., 2:-2, 2:-2], larger[..., 2:-2, 2:-2], 0.1)


class TestTrivialAugment:
    def test_without_strength_shape_and_colour_changes_do_nothing(self):
        given = photos().round()
        middles = [(number + 0.5) / len(CHANGES) for number in range(10)]
        for which in middles:
            close(TrivialAugment(0.0)(given, fixed(which, 0.9)), given, 1.01)

    def test_every_change_gives_whole_numbers_from_0_to_255(self):
        given = photos()
        for number in range(len(CHANGES)):
            for strength in (0.0, 1 - 2**-24):
                changed = TrivialAugment(1.0)(given, fixed((number + 0.5) / len(CHANGES), strength))
                assert torch.equal(changed, changed.round())
                assert 0 <= changed.min() <= changed.max() <= 255


class TestMixing:
    def test_mixup_draws_beta_shares_of_at_least_half(self):
        drawn = uniforms(keys(4000), 0, 0, 0, 1)
        _, share = Mixup(0.4).mix(photos(1).expand(4000, -1, -1, -1), photos(1), lambda _count: drawn)
        assert share.min() >= 0.5
        either = np.where(np.arange(4000) % 2, share, 1 - share)
        assert stats.kstest(either, stats.beta(0.4, 0.4).cdf).pvalue > 1e-4

    def test_mixup_adds_photos_by_their_shares(self):
        own, partners = photos(4), photos(4, seed=1)
        mixed, share = Mixup(1.0).mix(own, partners, fixed(0.8))
        close(share, torch.full((4,), 0.8), 1e-5)
        close(mixed, 0.8 * own + 0.2 * partners)

    def test_cutmix_pastes_a_box_and_shares_by_area(self):
        own, partners = torch.zeros(4, 3, 32, 32), torch.full((4, 3, 32, 32), 255.0)
        mixed, share = Cutmix(1.0).mix(own, partners, fixed(0.75, 0.5, 0.5))
        close(share, torch.full((4,), 0.75), 1e-5)
        close(mixed.mean(dim=(1, 2, 3)) / 255, 1 - share, 1e-5)
        assert mixed[0, 0, 15, 15] == 255
        assert mixed[0, 0, 0, 0] == 0
        assert set(mixed.unique().tolist()) == {0.0, 255.0}

    def test_cutmix_at_a_corner_counts_only_what_lies_within(self):
        own, partners = torch.zeros(4, 3, 32, 32), torch.ones(4, 3, 32, 32)
        mixed, share = Cutmix(1.0).mix(own, partners, fixed(0.75, 0.0, 0.0))
        close(share, torch.full((4,), 1 - 0.25 / 4), 1e-5)
        close(mixed.mean(dim=(1, 2, 3)), 1 - share, 1e-5)


def chosen(name, **given):
    return Choice(name, settings("augmentations", Choice(name, given)))


def test_a_recipe_without_augmentation_hands_photos_on():
    nothing = build_augmentation([])
    assert not nothing
    given = photos().permute(0, 2, 3, 1).to(torch.uint8)
    changed = nothing.change(given, keys(4), 0, 0)
    assert torch.equal(changed, given.permute(0, 3, 1, 2).float())
    mixed, share = nothing.mix(changed, changed, keys(4), 0, 0)
    assert mixed is changed
    assert (share == 1).all()


def test_operations_run_in_their_order_and_the_same_one_twice_draws_anew():
    given = photos(64).permute(0, 2, 3, 1).to(torch.uint8)
    once = build_augmentation([chosen("flip", vertical=0.0)]).change(given, keys(64), 0, 0)
    twice = build_augmentation([chosen("flip", vertical=0.0)] * 2).change(given, keys(64), 0, 0)
    assert not torch.equal(once, twice)
    plain = given.permute(0, 3, 1, 2).float()
    for changed in (once, twice):
        assert 16 <= sum((changed[row] != plain[row]).any().item() for row in range(64)) <= 48
