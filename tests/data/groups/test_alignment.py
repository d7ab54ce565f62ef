import numpy as np
import pytest
from leaves_twice import again, drawn, thumbnails

from leafgraft.data.groups.alignment import Alignment, align_roughly, refine, sample
from leafgraft.data.groups.spectrum import SCALE_STEPS, correlations, even_out, halve, log_polar_spectra, prepare


def align(first, second):
    one, other = prepare(first), prepare(second)
    found = refine(one.evened_nhw, other.evened_nhw, align_roughly(one, other))
    return refine(even_out(first, 1.0, 6.0), even_out(second, 1.0, 6.0), found, 5)


def similarity(count, turn, shift, skew=0.0):
    return Alignment(
        np.zeros(count, dtype=bool),
        *(np.full(count, value, np.complex64) for value in (turn, skew, shift)),
        np.zeros(count, np.float32),
    )


def moved(photos_nhw, turn, shift, *, skew=0.0, flip=False):
    source = photos_nhw[:, :, ::-1] if flip else photos_nhw
    return sample(np.ascontiguousarray(source), similarity(len(photos_nhw), turn, shift, skew))[0]


@pytest.fixture(scope="module")
def grey():
    return thumbnails(drawn(3)).grey_nhw.astype(np.float32)


@pytest.mark.parametrize("degrees", [-15, -7, 0, 10, 90, 180, 275])
@pytest.mark.parametrize("flip", [False, True])
def test_a_known_pose_is_found(grey, degrees, flip):
    turn, shift = 0.95 * np.exp(1j * np.deg2rad(degrees)), 0.05 - 0.04j
    found = align(grey, moved(grey, turn, shift, flip=flip))
    assert (found.flipped == flip).all()
    # second(w) = first(turn * w + shift), mirrored or not; laying it back needs the inverse
    expected = np.conj(1 / turn) if flip else 1 / turn
    assert np.abs(found.turns - expected).max() < 0.02
    assert np.abs(found.skews).max() < 0.01
    assert found.score.min() > 0.95


def test_a_stretch_of_one_side_is_found(grey):
    """A tenth cut off one side and the rest enlarged to a square."""
    found = align(grey, moved(grey, 0.95, 0.05, skew=-0.05))
    widths = 1 / (found.turns.real + found.skews.real), 1 / (found.turns.real - found.skews.real)
    assert np.allclose(widths, [[0.9] * 3, [1.0] * 3], atol=0.01)
    assert found.score.min() > 0.97


def test_filled_edges_and_all_changes_at_once_do_not_mislead():
    generator = np.random.default_rng(0)
    photos = drawn(12)
    for fill in ("nearest", "black", "white", "reflect"):
        first, second = (
            thumbnails(of).grey_nhw.astype(np.float32) for of in (photos, [again(p, generator, fill) for p in photos])
        )
        found = align(first, second)
        assert np.mean(found.score > 0.7) > 0.9
        assert np.mean(align(first, np.roll(second, 3, axis=0)).score < 0.6) > 0.9  # of the same class


def test_rounds_of_refinement_invert_a_map():
    turn, skew, shift = 1.03 * np.exp(0.1j), 0.03 - 0.02j, 0.04 + 0.02j
    texture = np.random.default_rng(1).normal(0, 40, (2, 128, 128)).astype(np.float32)
    first = even_out(texture, 2.0, 6.0)
    second = moved(first, turn, shift, skew=skew)
    found = refine(first, second, similarity(2, 1 / turn, -shift / turn), 12)
    # z -> turn z + skew conj(z) + shift and back again
    back = found.turns[0] * turn + found.skews[0] * np.conj(skew)
    rest = found.turns[0] * skew + found.skews[0] * np.conj(turn)
    assert abs(back - 1) < 2e-3
    assert abs(rest) < 2e-3


def test_spectrum_does_not_move_with_the_photo(grey):
    small = halve(grey)
    centred = np.full_like(small, 128)
    centred[:, 16:48, 16:48] = small[:, ::2, ::2]
    shifted = np.roll(centred, (3, -4), axis=(1, 2))
    one, other = log_polar_spectra(even_out(centred)), log_polar_spectra(even_out(shifted))
    turned = log_polar_spectra(even_out(np.rot90(centred, axes=(1, 2))))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
    assert np.corrcoef(one.ravel(), np.roll(turned, 48, axis=1).ravel())[0, 1] > 0.9


def test_evened_structure_hardly_knows_brightness_and_edges(grey):
    plain, darker = even_out(grey), even_out(0.8 * grey)
    assert np.corrcoef(plain.ravel(), darker.ravel())[0, 1] > 0.99
    cornered = grey.copy()
    cornered[:, :30, :30] = 0
    inner = np.s_[:, 45:, 45:]
    np.testing.assert_allclose(even_out(cornered)[inner], plain[inner], atol=0.05)
    assert np.abs(even_out(cornered)).max() < 6


def test_the_agreement_of_spectra_is_their_correlation_at_the_best_turn(grey):
    """Against the plain sum over a table that is turned by hand, at the scale of 1."""
    one, other = prepare(grey), prepare(np.rot90(grey, axes=(1, 2)))
    table = log_polar_spectra(one.evened_nhw[:1])[0], log_polar_spectra(other.evened_nhw[:1])[0]
    first, second = (of - of.mean(axis=0) for of in table)
    size = np.sqrt((first**2).sum() * (second**2).sum())
    plain = [(first * np.roll(second, -turn, axis=0)).sum() / size for turn in range(len(first))]
    unturned = correlations(one, other)[0, SCALE_STEPS]
    np.testing.assert_allclose(unturned, plain, atol=1e-5)
    assert unturned.max() > 0.9


def test_pairs_whose_spectra_disagree_are_tried_no_further(grey):
    noise = np.random.default_rng(3).normal(128, 40, grey.shape).astype(np.float32)
    assert (align_roughly(prepare(grey), prepare(noise)).score == 0).all()
    assert (align_roughly(prepare(grey), prepare(grey)).score > 0.9).all()


def test_blank_photos_give_finite_scores():
    blank = np.full((2, 128, 128), 77, dtype=np.float32)
    found = align(blank, blank)
    assert np.isfinite(found.score).all()
    assert found.score.max() < 0.1


def test_no_pairs_at_all():
    none = prepare(np.empty((0, 128, 128), dtype=np.float32))
    assert len(refine(none.evened_nhw, none.evened_nhw, align_roughly(none, none)).score) == 0
