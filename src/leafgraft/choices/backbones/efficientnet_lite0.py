"""EfficientNet-Lite0: EfficientNet without squeeze and excitation, for phones."""

from __future__ import annotations

from leafgraft.choices.backbones.timm_family import TimmNetwork

NETWORK = TimmNetwork(
    name="efficientnet_lite0",
    summary="inverted residuals, 3.4 M weights: EfficientNet for phones",
    source="Tan and Le 2019, EfficientNet; Liu 2020, EfficientNet-Lite; timm's tf_efficientnet_lite0",
    model="tf_efficientnet_lite0",
)
