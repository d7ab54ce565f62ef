import pytest
import torch
import torchvision

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.choices.backbones.build import NETWORKS
from leafgraft.choices.backbones.normalisation import IMAGENET_MEAN, IMAGENET_STD
from leafgraft.choices.heads.build import build_auxiliary_head
from leafgraft.training.analysis.heatmap import last_map

SIDE = 96
BY_NAME = {network.name: network for network in NETWORKS}


def photos(side=SIDE):
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def normalised(pixels, mean, std):
    return (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def made(name):
    """The whole network of torchvision with statistics that matter, and our backbone on its very modules."""
    torch.manual_seed(0)
    whole = BY_NAME[name].make(True).eval()
    for module in whole.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.2)
        elif isinstance(module, torch.nn.Conv2d):  # so that no map dies away on the way: a difference would with it
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    network = BY_NAME[name]
    backbone = Backbone(network.stages(whole), network.pool(), network.feature_width, network.normalisation)
    return whole, backbone.eval()


CLASSIFIERS = {
    "resnet18": lambda whole, features: whole.fc(features),
    "resnet50": lambda whole, features: whole.fc(features),
    "mobilenet_v2": lambda whole, features: whole.classifier(features),
    "efficientnet_b0": lambda whole, features: whole.classifier(features),
    "vgg16": lambda whole, features: whole.classifier[-1](features),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_features_are_what_torchvisions_classifier_sees(name):
    whole, backbone = made(name)
    pixels = normalised(photos(), backbone.normalisation.mean, backbone.normalisation.std)
    with torch.inference_mode():
        torch.testing.assert_close(CLASSIFIERS[name](whole, backbone(pixels)), whole(pixels))
    assert (backbone.normalisation.mean, backbone.normalisation.std) == (IMAGENET_MEAN, IMAGENET_STD)


def test_squeezenets_last_map_is_what_its_convolutional_classifier_sees():
    whole, backbone = made("squeezenet1_1")
    pixels = normalised(photos(), IMAGENET_MEAN, IMAGENET_STD)
    with torch.inference_mode():
        last, _ = last_map(backbone, pixels)
        torch.testing.assert_close(whole.classifier(last).flatten(1), whole(pixels))
        torch.testing.assert_close(backbone(pixels), last.mean(dim=(2, 3)))


def test_googlenet_takes_its_pretrained_input_range_in_one_step():
    """torchvision normalises as for ImageNet, then transforms the input to what the weights were trained on."""
    whole, backbone = made("googlenet")
    whole.transform_input = True
    pixels = photos()
    with torch.inference_mode():
        features = backbone(normalised(pixels, backbone.normalisation.mean, backbone.normalisation.std))
        expected = whole(normalised(pixels, IMAGENET_MEAN, IMAGENET_STD))
        torch.testing.assert_close(whole.fc(features), expected, rtol=1e-3, atol=1e-3)
        assert expected.std() > 0.1


def test_googlenets_auxiliary_heads_see_what_torchvisions_do():
    torch.manual_seed(0)
    whole = torchvision.models.googlenet(aux_logits=True, init_weights=False, transform_input=False, num_classes=5)
    network = BY_NAME["googlenet"]
    backbone = Backbone(
        network.stages(whole), network.pool(), network.feature_width, network.normalisation, network.auxiliary_taps
    )
    heads = [build_auxiliary_head(tap, 5) for tap in backbone.auxiliary_taps]
    for head, theirs in zip(heads, (whole.aux1, whole.aux2), strict=True):
        head.load_state_dict(theirs.state_dict())
    for module in (whole, *heads):
        module.train()
        for part in module.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
            if isinstance(part, torch.nn.BatchNorm2d):
                part.eval()
    pixels = photos()
    with torch.no_grad():
        expected = whole(pixels)
        features, taps = backbone.forward_with_taps(pixels, 0)
        torch.testing.assert_close(whole.fc(features), expected.logits)
        torch.testing.assert_close(heads[0](taps[0]), expected.aux_logits1)
        torch.testing.assert_close(heads[1](taps[1]), expected.aux_logits2)


@pytest.mark.parametrize("name", BY_NAME)
def test_stages_hold_all_of_the_network_but_its_classifier(name):
    whole, backbone = made(name)
    held = {id(weight) for weight in backbone.parameters()}
    left = {key for key, weight in whole.named_parameters() if id(weight) not in held}
    assert left
    assert all(key.startswith(BY_NAME[name].classifier) for key in left)
    assert all(not key.startswith(BY_NAME[name].classifier) or id(w) not in held for key, w in whole.named_parameters())
