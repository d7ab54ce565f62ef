import numpy as np
import pytest
import torch
from drawn_trials import draw_trial

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.records.recipe import Choice
from leafgraft.training.photos.photo_rows import PARTNERS, epoch_batches, in_order, permutation


def augmentation(*names):
    choices = tuple(Choice(name) for name in names)
    return build_augmentation(draw_trial(augmentation=choices).recipe.augmentation)


def test_every_photo_trains_once_an_epoch_in_another_order():
    epochs = [np.concatenate(epoch_batches(50, 8, 0, epoch)) for epoch in range(2)]
    assert all(sorted(order) == list(range(50)) for order in epochs)
    assert list(epochs[0]) != list(epochs[1])
    assert list(epochs[0]) == list(np.concatenate(epoch_batches(50, 8, 0, 0)))
    assert list(epochs[0]) != list(np.concatenate(epoch_batches(50, 8, 1, 0)))


@pytest.mark.parametrize(("count", "sizes"), [(16, [8, 8]), (17, [8, 9]), (18, [8, 8, 2]), (1, [1]), (7, [7])])
def test_a_last_batch_of_one_joins_the_one_before(count, sizes):
    assert [len(batch) for batch in epoch_batches(count, 8, 0, 0)] == sizes


def test_photos_in_order():
    assert [list(part) for part in in_order(5, 2)] == [[0, 1], [2, 3], [4]]


def test_plain_photos_are_the_decoded_ones(inputs):
    ids = inputs.fold(0).test
    photos = inputs.photos(ids)
    plain = photos.plain(np.array([2, 0]))
    assert plain.dtype == torch.float32
    expected = inputs.pixels.array[inputs.pixels.indices([ids[2], ids[0]])]
    np.testing.assert_array_equal(plain.permute(0, 2, 3, 1).numpy(), expected)
    np.testing.assert_array_equal(photos.targets(np.array([0])).numpy(), np.eye(3)[photos.labels[:1]])


@pytest.mark.parametrize("names", [("jitter", "affine", "flip"), ("random_resized_crop", "mixup"), ("blur", "cutmix")])
@pytest.mark.parametrize("epoch", [0, 3])
def test_changed_photos_do_not_depend_on_their_batch(inputs, names, epoch):
    photos, change = inputs.photos(inputs.fold(0).train), augmentation(*names)
    together, targets = photos.changed(np.arange(12), change, 5, epoch)
    for positions in (np.array([3, 11]), np.array([7])):
        few, few_targets = photos.changed(positions, change, 5, epoch)
        torch.testing.assert_close(few, together[positions], atol=1e-3, rtol=0)
        torch.testing.assert_close(few_targets, targets[positions])


def test_seed_and_epoch_change_what_is_drawn(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), augmentation("jitter")
    drawn = [photos.changed(np.arange(4), change, *key)[0] for key in ((0, 0), (0, 1), (1, 0), (0, 0))]
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(drawn[0], drawn[3])


def test_partners_come_from_the_whole_training_set(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), augmentation("mixup")
    partner = permutation(0, 0, len(photos), PARTNERS)[0]
    mixed, targets = photos.changed(np.array([0]), change, 0, 0)
    both = photos.plain(np.array([0, partner]))
    own = ((mixed[0] - both[1]) * (both[0] - both[1])).sum() / ((both[0] - both[1]) ** 2).sum()
    labels = photos.targets(np.array([0, partner]))
    torch.testing.assert_close(targets[0], own * labels[0] + (1 - own) * labels[1], atol=1e-4, rtol=0)
    assert float(targets.sum()) == pytest.approx(1.0)
