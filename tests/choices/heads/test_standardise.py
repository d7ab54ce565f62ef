import pytest
import torch
from torch import nn

from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.choices.heads.standardise import Standardise, first_linear, fold, ready_to_standardise


def drawn(count=50):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, 8, generator=generator) * torch.logspace(-2, 2, 8) + torch.arange(8)


HEADS = {
    "linear": lambda: nn.Linear(8, 3),
    "mlp": lambda: nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3)),
    "nested": lambda: nn.Sequential(nn.Flatten(), nn.Sequential(nn.Identity(), nn.Linear(8, 4)), nn.Linear(4, 3)),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_folded_head_gives_for_plain_features_what_it_gave_for_standardised_ones(name):
    torch.manual_seed(1)
    features, head = drawn(), HEADS[name]().eval()
    found, layer = standardisation_of(features.numpy()), Standardise(8)
    layer.set(found)
    wanted = head(layer(features))
    assert ready_to_standardise(head, 8) is head
    fold(head, found)
    torch.testing.assert_close(head(features), wanted, atol=1e-4, rtol=1e-4)
    assert layer.state_dict() == {}


class Cosine(nn.Module):
    """Answers by the angle between features and weights: no scale can be folded into it."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 8))

    def forward(self, features):
        return nn.functional.normalize(features) @ nn.functional.normalize(self.weight).T


@pytest.mark.parametrize(
    "make",
    [
        Cosine,
        lambda: nn.Sequential(nn.BatchNorm1d(8), nn.Linear(8, 3)),
        lambda: nn.Linear(8, 3, bias=False),
        lambda: nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 3)),
    ],
    ids=["cosine", "batch norm", "no bias", "dropout"],
)
def test_a_head_that_nothing_folds_into_has_a_layer_of_its_own_that_is_kept(make):
    features, plain = drawn(), make()
    assert first_linear(plain) is None
    with pytest.raises(ValueError, match="must begin with a linear layer"):
        fold(plain, standardisation_of(features.numpy()))
    head = ready_to_standardise(plain, 8).eval()
    torch.testing.assert_close(head(features), plain(features))
    head.get_submodule("0").set(standardisation_of(features.numpy()))
    again = ready_to_standardise(make(), 8).eval()
    again.load_state_dict(head.state_dict())
    torch.testing.assert_close(again(features), head(features))
    assert {"0.mean", "0.deviation"} <= set(head.state_dict())
