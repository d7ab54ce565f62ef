import pytest
import timm
import torch
from safetensors.torch import save_file

from leafgraft.choices.backbones.backbone import WholeBackbone
from leafgraft.choices.backbones.build import build_backbone, weights_identity
from leafgraft.choices.backbones.timm_family import find_timm
from leafgraft.errors import MenuError, WeightsError
from leafgraft.records.recipe import Choice


def backbone_of(name, weights="none", side=64):
    return build_backbone(Choice(name), weights, side).eval()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "vit_tiny_patch16_224", "mobilenetv3_small_050"])
def test_features_are_timms_own(folder, name):
    torch.manual_seed(3)
    options = {"img_size": 64} if "vit" in name else {}
    whole = timm.create_model(name, num_classes=7, **options).eval()
    save_file(whole.state_dict(), folder / f"{name}.safetensors")
    backbone = backbone_of(f"timm:{name}", "pretrained")
    photos = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        expected = whole.forward_head(whole.forward_features(photos), pre_logits=True)
        torch.testing.assert_close(backbone(photos), expected)
    assert len(weights_identity(Choice(f"timm:{name}"), "pretrained")) == 16


def test_normalisation_is_the_models_own():
    assert backbone_of("timm:vit_tiny_patch16_224").normalisation.mean == (0.5, 0.5, 0.5)
    assert backbone_of("timm:resnet10t").normalisation.mean == pytest.approx((0.485, 0.456, 0.406))


def test_networks_whose_children_run_in_turn_can_be_cut_and_others_are_kept_whole():
    assert backbone_of("timm:resnet10t").stage_names == ("stem", "layer1", "layer2", "layer3", "layer4")
    whole = backbone_of("timm:vit_tiny_patch16_224")
    assert isinstance(whole, WholeBackbone)
    assert whole.stage_names[:2] == ("stem", "block1")
    with pytest.raises(ValueError, match="can be cut after"):
        whole.prefix(torch.rand(1, 3, 64, 64), 3)


def test_an_unknown_model_is_refused_with_near_names():
    with pytest.raises(MenuError, match="resnet10t"):
        backbone_of("timm:resnet10x")
    with pytest.raises(MenuError, match="timm knows no such model"):
        backbone_of("timm:")


@pytest.mark.parametrize(("name", "side"), [("inception_v3", 64), ("vit_tiny_patch16_224", 7)])
def test_a_size_that_a_network_does_not_take_is_said_with_its_own(name, side):
    with pytest.raises(MenuError) as caught:
        backbone_of(f"timm:{name}", side=side)
    assert f"image_size: {side} must be a size that timm's {name} takes." in str(caught.value)
    assert f"Write image_size: {299 if name == 'inception_v3' else 224}" in str(caught.value)


def test_the_network_of_timm_on_the_menu_is_looked_for_by_timms_own_name(folder, monkeypatch):
    """timm has an efficientnet_lite0, too, whose weights fit and are others: a file of that name is not it."""
    for one in ("efficientnet_lite0", "tf_efficientnet_lite0"):
        assert find_timm(f"timm:tf_{one.removeprefix('tf_')}", "pretrained") is None
        (folder / f"{one}.safetensors").touch()
    assert find_timm("timm:tf_efficientnet_lite0", "pretrained") == folder / "tf_efficientnet_lite0.safetensors"


def test_weights_that_cannot_be_downloaded_are_not_replaced_by_random_ones(folder, monkeypatch):
    real = timm.create_model

    def unreachable(name, *, pretrained, **options):
        if pretrained:
            raise OSError("no route to host\nat all")
        return real(name, pretrained=False, **options)

    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(WeightsError, match="no route to host") as caught:
        backbone_of("timm:resnet10t", "pretrained")
    assert "resnet10t.safetensors" in caught.value.mend
    assert str(folder) in caught.value.mend
    assert "weights: none" in caught.value.mend
    with pytest.raises(WeightsError, match="no such file"):
        backbone_of("timm:resnet10t", "nowhere.safetensors")


def test_weights_that_do_not_fit_are_refused(folder):
    save_file({"x": torch.zeros(2)}, folder / "resnet10t.safetensors")
    with pytest.raises(WeightsError, match="must fit timm:resnet10t"):
        backbone_of("timm:resnet10t", "pretrained")


def test_a_network_of_the_menu_is_timms_own():
    named, own = (
        build_backbone(Choice(name), "none", 64).eval() for name in ("efficientnet_lite0", "timm:tf_efficientnet_lite0")
    )
    photos = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 255
    with torch.inference_mode():
        assert torch.equal(named(photos), own(photos))
    assert named.normalisation.mean == own.normalisation.mean == (0.5, 0.5, 0.5)
