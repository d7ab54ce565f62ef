"""What AutoGluon and fastai do up to a table of test accuracy and a confusion matrix; run by to_page.py.

    PYTHON page_peers.py autogluon|fastai ROWS.csv WEIGHTS.safetensors FOLDER [--epochs 5]

PYTHON is that of an environment which holds the peer (`autogluon.multimodal`, or `fastai` and `safetensors`): this file
needs nothing of leafgraft. ROWS.csv has `image`, `label` and `part` (train, validation or test); the weights are
torchvision's resnet18, so that nothing is downloaded. FOLDER keeps what the peer writes.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file

WORKERS = 2
Answers = tuple[list[str], list[str]]


def autogluon(rows: pd.DataFrame, weights: Path, folder: Path, epochs: int) -> Answers:
    """True classes and answers of the test photos; `epochs` 0 leaves the preset `medium_quality` as it is."""
    import timm  # noqa: PLC0415 - each peer in an environment of its own
    from autogluon.multimodal import MultiModalPredictor  # noqa: PLC0415

    network = timm.create_model("resnet18", num_classes=0)
    local = folder / "resnet18"
    local.mkdir(parents=True)
    kept = {name: one for name, one in load_file(weights).items() if name in network.state_dict()}
    torch.save(kept, local / "pytorch_model.bin")
    about = {"architecture": "resnet18", "num_features": network.num_features, "pretrained_cfg": network.default_cfg}
    (local / "config.json").write_text(json.dumps(about), encoding="utf-8")
    settings: dict[str, Any] = {
        "model.names": ["timm_image"],
        "model.timm_image.checkpoint_name": str(local),
        "env.num_gpus": 0,
        "env.num_workers": WORKERS,
    }
    if epochs:
        settings["optim.max_epochs"] = epochs
    predictor = MultiModalPredictor(
        label="label", problem_type="multiclass", presets="medium_quality", path=str(folder / "model"), verbosity=0
    )
    train, validation, test = (
        rows.loc[rows.part == part, ["image", "label"]] for part in ("train", "validation", "test")
    )
    predictor.fit(train, tuning_data=validation, hyperparameters=settings)
    return test.label.tolist(), predictor.predict(test[["image"]]).tolist()


def fastai(rows: pd.DataFrame, weights: Path, folder: Path, epochs: int) -> Answers:
    """The same after `fine_tune(epochs)`: one epoch with the body frozen, then so many of the whole network."""
    os.environ["TORCH_HOME"] = str(folder)  # where a download would lie
    from fastai.vision.all import (  # noqa: PLC0415 - each peer in an environment of its own
        ImageDataLoaders,
        Resize,
        error_rate,
        resnet18,
        vision_learner,
    )
    from torchvision.models import ResNet18_Weights  # noqa: PLC0415
    from torchvision.models import resnet18 as network  # noqa: PLC0415

    place = folder / "hub" / "checkpoints" / ResNet18_Weights.DEFAULT.url.rsplit("/", 1)[1]
    place.parent.mkdir(parents=True)
    torch.save(network().state_dict() | load_file(weights), place)  # with a random head, which fastai cuts off
    learned = rows[rows.part != "test"].assign(held_out=lambda table: table.part == "validation")
    loaders = ImageDataLoaders.from_df(
        learned,
        path="/",
        fn_col="image",
        label_col="label",
        valid_col="held_out",
        item_tfms=Resize(224, method="squish"),
        bs=32,
        num_workers=WORKERS,
        device="cpu",
    )
    learner = vision_learner(loaders, resnet18, metrics=error_rate)
    test = rows[rows.part == "test"]
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(epochs or 1)
        scores, _ = learner.get_preds(dl=loaders.test_dl(test))
    vocabulary = list(loaders.vocab)
    return test.label.tolist(), [vocabulary[number] for number in scores.argmax(dim=1).tolist()]


def main() -> None:
    """Fit, answer, and print accuracy and confusion matrix as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["autogluon", "fastai"])
    parser.add_argument("rows", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    fit = {"autogluon": autogluon, "fastai": fastai}[given.peer]
    true, answers = fit(pd.read_csv(given.rows), given.weights, given.folder, given.epochs)
    table = pd.crosstab(pd.Series(true, name="true"), pd.Series(answers, name="answer"))
    right = sum(one == other for one, other in zip(true, answers, strict=True))
    print(json.dumps({"accuracy": right / len(true), "test_photos": len(true), "confusion": table.to_dict()}))


if __name__ == "__main__":
    main()
