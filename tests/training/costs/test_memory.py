"""What a trial needs is told apart by what it does; what is free is not more than the container has."""

from drawn_trials import draw_trial

from leafgraft.records.recipe import Choice, Training
from leafgraft.training.costs.memory import _free_in_container, most_bytes, trial_bytes


def test_more_photos_and_more_learning_need_more():
    small, large = (Training(batch_size=size) for size in (8, 64))
    frozen = trial_bytes(draw_trial("resnet18", "frozen", training=small), 3)
    uniform = trial_bytes(draw_trial("resnet18", "uniform", training=small), 3)
    assert uniform - frozen > 3 * 4 * 11e6  # gradients, two moments and the best so far of eleven million weights
    assert trial_bytes(draw_trial("resnet18", "uniform", training=large), 3) > uniform


def test_settings_that_the_network_cannot_take_need_no_memory():
    first, deeper = (draw_trial(strategy=one) for one in ("frozen", Choice("partial", {"last": 99})))
    assert most_bytes([first, deeper], 3) == (trial_bytes(first, 3), first)


def test_the_limit_of_a_container_counts(tmp_path):
    assert _free_in_container(tmp_path) == []
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("400\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 100\n")
    assert _free_in_container(tmp_path) == []
    (tmp_path / "memory.max").write_text("1000\n")
    assert _free_in_container(tmp_path) == [700]
