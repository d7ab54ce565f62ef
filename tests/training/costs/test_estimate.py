"""What trials are expected to cost follows from what they do; it is never compared with a clock."""

from dataclasses import replace

import pytest
from drawn_trials import draw_trial

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, SmallFirst, Training
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.costs import estimate
from leafgraft.training.costs.estimate import (
    ENDS_S,
    Speed,
    augmentation_seconds,
    is_kept,
    measure_speed,
    trial_time,
    unweighted_network,
)
from leafgraft.training.frozen.engines import batch_size
from leafgraft.training.frozen.features import whole_prefix
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.frozen.segments import segments

TRAINING = Training(epochs=10, batch_size=8, views=2)
COUNTS = 80, 10


def measure(recipe, **settings):
    network = unweighted_network(recipe)
    return measure_speed(recipe, network, "cpu", **settings), network


@pytest.fixture(scope="module")
def measured():
    return measure(draw_trial("timm:test_resnet").recipe)


def time_of(measured, strategy, change_s=0.0, training=TRAINING, **choices):
    recipe = draw_trial("timm:test_resnet", strategy, **choices).recipe
    return trial_time(recipe, training, *measured, COUNTS, change_s)


def seconds(measured, strategy, change_s=0.0, **choices):
    time = time_of(measured, strategy, change_s, **choices)
    return time.seconds(time.most_epochs)


def test_every_stage_is_measured_once(measured):
    speed, network = measured
    assert len(speed.seconds) == len(network.backbone.stage_names) == len(speed.bytes_after) - 1
    assert all(one > 0 for one in speed.seconds)
    assert speed.step_factor > 1
    assert speed.bytes_after[0] == 0
    assert speed.bytes_after[-1] == 4 * network.backbone.feature_width


def test_a_network_that_cannot_be_cut_is_measured_whole():
    speed, network = measure(draw_trial("timm:test_vit", image_size=160).recipe)
    assert len(speed.seconds) == len(network.backbone.cuts) - 1


def test_no_more_photos_are_timed_than_a_trial_takes_at_a_time(monkeypatch):
    taken = []
    plain = estimate._step_seconds
    monkeypatch.setattr(
        estimate, "_step_seconds", lambda network, photos: taken.append(len(photos)) or plain(network, photos)
    )
    measure(draw_trial("timm:test_resnet").recipe, batch_size=3)
    measure(draw_trial("timm:test_resnet").recipe, batch_size=99)
    assert set(taken) == {3, estimate.MEASURED_PHOTOS}


def test_whole_batches_are_timed_as_engines_fill_up_others(tmp_path, monkeypatch):
    recipe, taken = draw_trial("timm:test_resnet").recipe, []
    prefix = whole_prefix(recipe, CacheFolder(tmp_path), Silent())
    plain = Prefix.__call__
    monkeypatch.setattr(Prefix, "__call__", lambda self, photos: taken.append(len(photos)) or plain(self, photos))
    assert estimate.pass_seconds(prefix) > 0
    assert set(taken) == {batch_size(recipe.image_size)}


def test_no_step_is_timed_where_nothing_but_heads_learn():
    speed, _ = measure(draw_trial("timm:test_resnet").recipe, learns=False)
    assert speed.step_factor == 0
    assert all(one > 0 for one in speed.seconds)


def test_cheap_epochs_come_first_where_the_network_is_unfrozen_later(measured):
    gradual = time_of(measured, Choice("gradual", {"unfreeze_at": 3}), training=replace(TRAINING, patience=4))
    assert [epochs for epochs, _ in gradual.phases] == [3, 7]
    assert gradual.phases[0][1] < gradual.phases[1][1]
    assert gradual.least_epochs == 7  # a new phase starts with full patience
    assert time_of(measured, "uniform", training=replace(TRAINING, patience=4)).least_epochs == 5


def test_more_learning_takes_longer():
    speed = Speed((1.0, 2.0, 3.0, 4.0, 5.0), (0, 8, 8, 8, 8, 8), 3.0)
    measured = speed, unweighted_network(draw_trial("timm:test_resnet").recipe)
    assert seconds(measured, "uniform") == pytest.approx(10 * (80 * 15 * 3 + 10 * 15), rel=1e-3)
    assert seconds(measured, Choice("partial", {"last": 1})) == pytest.approx(10 * (80 * 5 * 3 + 10 * 5), rel=1e-3)
    gradual = 3 * 0 + 7 * (80 * 15 * 3 + 10 * 15)
    assert seconds(measured, Choice("gradual", {"unfreeze_at": 3})) == pytest.approx(gradual, rel=1e-3)
    assert seconds(measured, "frozen") < 1


def test_what_is_over_the_budget_is_computed_again_in_each_epoch(monkeypatch):
    speed = Speed((1.0, 2.0, 3.0, 4.0, 5.0), (0, 8, 8, 8, 8, 8), 3.0)
    measured = speed, unweighted_network(draw_trial("timm:test_resnet").recipe)
    recipe = draw_trial("timm:test_resnet", Choice("partial", {"last": 1})).recipe
    (segment,) = segments(recipe, measured[1], TRAINING.epochs)
    assert is_kept(recipe, TRAINING, *measured, segment, COUNTS)
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", str(8 * 90 / 10**9))
    assert is_kept(recipe, TRAINING, *measured, segment, COUNTS)
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", str(8 * 89 / 10**9))
    assert not is_kept(recipe, TRAINING, *measured, segment, COUNTS)
    again = 10 * (80 * (5 * 3 + 10) + 10 * 15)
    assert seconds(measured, Choice("partial", {"last": 1})) == pytest.approx(again, rel=1e-3)
    assert seconds(measured, "frozen") < 1  # features are always kept


def test_changing_photos_counts_where_it_is_done_in_every_epoch(measured):
    assert augmentation_seconds(draw_trial().recipe, "cpu") == 0
    assert augmentation_seconds(draw_trial(augmentation=(Choice("blur"),)).recipe, "cpu") > 0
    more = seconds(measured, "uniform", change_s=1.0) - seconds(measured, "uniform")
    assert more == pytest.approx(10 * 80, rel=1e-3)
    assert seconds(measured, "frozen", change_s=1.0) == seconds(measured, "frozen")


def test_small_photos_take_less_time():
    speed = Speed((1.0, 2.0, 3.0, 4.0, 5.0), (0, 8, 8, 8, 8, 8), 3.0)
    measured = speed, unweighted_network(draw_trial("timm:test_resnet").recipe)
    learning, looking = 80 * 15 * 3, 10 * 15
    small = SmallFirst(32, epochs=6)  # a quarter of the pixels
    wanted = 6 * learning / 4 + 4 * learning + 10 * looking
    assert seconds(measured, "uniform", image_size=64, small_first=small) == pytest.approx(wanted, rel=1e-3)
    gradual = Choice("gradual", {"unfreeze_at": 4})
    wanted = 2 * learning / 4 + 4 * learning + 6 * looking
    assert seconds(measured, gradual, image_size=64, small_first=small) == pytest.approx(wanted, rel=1e-3)


def test_a_head_for_all_seeds_is_counted_once():
    counts, alone, three = (40_000, 10), draw_trial(training=Training(epochs=0)), Training(epochs=0, seeds=(0, 1, 2))
    speed, network = measure(alone.recipe)

    def beyond_the_ends(weights, training):
        recipe = draw_trial(strategy="probe", weights=weights).recipe
        return trial_time(recipe, training, speed, network, counts).once_s - ENDS_S

    once = beyond_the_ends("pretrained", alone.training)
    assert once > 1
    assert 3 * beyond_the_ends("pretrained", three) == pytest.approx(once)
    assert beyond_the_ends("none", three) == pytest.approx(once)  # a backbone for each seed
