import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot
from torchvision.ops import sigmoid_focal_loss

from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.menu import settings
from leafgraft.errors import MenuError
from leafgraft.records.recipe import Choice

COUNTS = np.array([1000, 100, 10, 500])
LOGITS = torch.randn(50, 4, generator=torch.Generator().manual_seed(0)).double() * 3
LABELS = torch.arange(50) % 4
TARGETS = one_hot(LABELS, 4).double()


def ours(name, counts=COUNTS, **given):
    return build_loss(Choice(name, settings("losses", Choice(name, given))), counts)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_cross_entropy_of_hard_labels(smoothing):
    expected = cross_entropy(LOGITS, LABELS, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(ours("cross_entropy", label_smoothing=smoothing)(LOGITS, TARGETS), expected)


def test_cross_entropy_of_mixed_labels():
    mixed = 0.7 * TARGETS + 0.3 * TARGETS.roll(1, 0)
    expected = 0.7 * cross_entropy(LOGITS, LABELS, reduction="none")
    expected += 0.3 * cross_entropy(LOGITS, LABELS.roll(1), reduction="none")
    torch.testing.assert_close(ours("cross_entropy")(LOGITS, mixed), expected)


def test_focal_loss_without_focus_is_cross_entropy():
    torch.testing.assert_close(ours("focal", gamma=0.0)(LOGITS, TARGETS), ours("cross_entropy")(LOGITS, TARGETS))


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_focal_loss_of_two_classes_is_torchvisions(gamma):
    """Two-class softmax is the sigmoid of the difference of the logits."""
    logits, labels = LOGITS[:, :2], LABELS % 2
    expected = sigmoid_focal_loss(logits[:, 1] - logits[:, 0], labels.double(), alpha=-1, gamma=gamma)
    torch.testing.assert_close(ours("focal", COUNTS[:2], gamma=gamma)(logits, one_hot(labels, 2).double()), expected)


def test_focal_loss_weighs_classes():
    plain = ours("focal")(LOGITS, TARGETS)
    given = ours("focal", alpha=[1, 2, 3, 4])(LOGITS, TARGETS)
    torch.testing.assert_close(given, plain * torch.tensor([1.0, 2, 3, 4]).double()[LABELS])
    balanced = ours("focal", alpha="balanced")(LOGITS, TARGETS)
    weights = torch.tensor(1610 / (4 * COUNTS))
    torch.testing.assert_close(balanced, plain * weights[LABELS], rtol=1e-5, atol=1e-8)


def test_focal_weights_must_be_one_per_class():
    with pytest.raises(MenuError, match="one number per class, 4"):
        ours("focal", alpha=[1, 2, 3])


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999, 0.9999])
def test_class_balanced_weights_are_those_of_the_paper(beta):
    """Cui et al. 2019: weights (1 - beta) / (1 - beta^n), scaled to sum to the number of classes."""
    weights = (1 - beta) / (1 - np.power(beta, COUNTS))
    weights = torch.tensor(weights / weights.sum() * 4)
    for on, plain in (("cross_entropy", ours("cross_entropy")), ("focal", ours("focal"))):
        expected = weights[LABELS] * plain(LOGITS, TARGETS)
        balanced = ours("class_balanced", beta=beta, on=on)(LOGITS, TARGETS)
        torch.testing.assert_close(balanced, expected, rtol=1e-5, atol=1e-8)
