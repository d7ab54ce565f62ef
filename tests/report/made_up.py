"""Made-up contents of a page: two recipes, a second folder, names that try to break out."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from leafgraft.languages.speaking import Name
from leafgraft.report.contents import Architecture, PageContents, TrialHistory, WrongPhoto, WrongPhotos

NASTY = "<script>alert('잎')</script>"


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def recipe(name: str, accuracy: float, tier: int) -> dict:
    field = {"accuracy": 0.49, "interval": [0.46, 0.52], "mean_confidence": 0.86, "rows": 1252}
    return {
        "name": name,
        "accuracy": accuracy,
        "interval": [accuracy - 0.02, accuracy + 0.015],
        "tier": tier,
        "macro_f1": accuracy,
        "balanced_accuracy": accuracy,
        "log_loss": 0.1,
        "calibration_error": 0.02,
        "mean_confidence": 0.97,
        "per_class": {NASTY: {"precision": 1.0, "recall": 0.9, "f1": 0.95, "support": 20}},
        "confusion": [[18, 2], [0, 20]],
        "also_test": {"field": field},
        "cost": {"train_seconds": 12.0, "milliseconds_per_photo": 3.0, "gigaflops": 0.3, "megabytes": 9.1},
        "flags": ["may not look at the leaf"] if tier > 1 else [],
        "seen_after_test": tier > 1,
    }


def evaluation(*, tied: bool) -> dict:
    pair = {
        "a": "one",
        "b": "two",
        "difference": 0.03,
        "interval": [-0.01, 0.07],
        "p": 0.1,
        "p_holm": 0.1,
        "p_adjusted": 0.1,
    }
    other = {
        "macro_f1": {"difference": 0.03, "interval": [-0.01, 0.07]},
        "log_loss": {"difference": -0.1, "interval": [-0.2, 0.01]},
    }
    return {
        "recipes": [recipe("one", 0.97, 1), recipe("two", 0.94, 1 if tied else 2)],
        "pairs": [{**pair, "photos_needed": 900, "other": other}],
        "confused": [{"true": NASTY, "predicted": "Healthy", "rows": 2.0, "share": 0.1}],
        "missed_by_all": [
            {"photo_id": "p1", "label": NASTY, "predicted": "Healthy", "agreement": 1, "confidence": 0.9}
        ],
        "rows": 400,
        "groups": 390,
        "seeds": 2,
        "classes": [NASTY, "Healthy"],
    }


def search() -> dict[str, Any]:
    """A search of which one setting has an odd name."""
    settings = {"learning_rate": 0.003, NASTY: "mlp"}
    losses = [1.1, 0.8, 9.0, 0.9, 0.7]
    trials = [
        {"number": n, "state": "complete", "settings": settings, "loss": loss, "accuracy": 0.8, "epochs": 3}
        for n, loss in enumerate(losses)
    ]
    trials.append({"number": 5, "state": "failed", "settings": settings, "reason": NASTY})
    trials.append({"number": 6, "state": "pruned", "settings": settings, "loss": 2.0, "accuracy": 0.5, "epochs": 1})
    counts = {"complete": 5, "pruned": 1, "failed": 1, "best_of": 7}
    importance = {"learning_rate": 0.75, NASTY: 0.25}
    return {
        "recipe": f"one {NASTY}",
        "base": "one",
        "loss": 0.7,
        "accuracy": 0.9,
        "settings": settings,
        "importance": importance,
        "trials": trials,
        **counts,
    }


def rate(suggested: float | None = 0.01) -> dict[str, Any]:
    """A curve of the rate finder."""
    return {
        "recipe": f"one {NASTY}",
        "learning_rate": 0.003,
        "rates": [1e-4, 1e-3, 1e-2, 1e-1],
        "losses": [1.1, 1.0, 0.7, 2.5],
        "suggested": suggested,
        "valley": suggested and suggested / 2,
    }


def contents(*, tied: bool = True) -> PageContents:
    finding = {
        "code": "LG021",
        "severity": "warning",
        "title": "colour alone",
        "why": "w",
        "mend": "m",
        "photos": [NASTY],
    }
    rows = [
        {
            "epoch": e,
            "train_loss": 1 / (e + 1),
            "validation_loss": 1.2 / (e + 1),
            "train_accuracy": 0.9,
            "validation_accuracy": 0.88,
        }
        for e in range(6)
    ]
    phases = [
        {"from_epoch": 0, "learning": [], "rate_scale": {}},
        {"from_epoch": 3, "learning": ["stem", "layer1"], "rate_scale": {"stem": 0.1}},
    ]
    return PageContents(
        name=f"potato {NASTY}",
        evaluation=evaluation(tied=tied),
        verdict={
            "recipe": "one",
            "test": {"accuracy": 0.97, "interval": [0.95, 0.985]},
            "tied_with": ["two"] if tied else [],
            "why": "Of these it was the most accurate there.",
            "claims": ["one: 97.0%."],
            "refused": [NASTY],
            "why_ko": "검증 사진으로 골랐습니다.",
            "claims_ko": ["정확도 97.0%"],
            "refused_ko": ["아니오"],
            "inflation": {
                "random": 0.975,
                "grouped": 0.97,
                "difference": 0.005,
                "interval": [0.001, 0.009],
                "sentence": "Of 97.5 points, 0.5 are leak (95% interval 0.1 to 0.9).",
                "headline": "+0.5 points",
                "shared_leaves": 40,
                "recipe": "mobilenet_v2",
            },
        },
        audit={
            "counts": {"photos": 4056, "classes": {NASTY: 10}, "unreadable": []},
            "findings": [finding],
            "groups": [],
            "floors": {
                "largest_class": {"accuracy": 0.4, "interval": [0.38, 0.42]},
                "colour": {"accuracy": 0.78, "interval": [0.76, 0.8]},
            },
        },
        histories=[TrialHistory("one", seed, 0, rows, phases, 4) for seed in (0, 1)],
        architectures=[Architecture("one", ["stem", "layer1"], ["stem"], phases, "linear", 1234567, "random weights")],
        wrong=WrongPhotos(
            [WrongPhoto(NASTY, "Healthy", (NASTY,), 0.9, 2, 4, jpeg(), jpeg(), 0.7)], 2, {("Healthy", NASTY): 2}
        ),
        facts=[("Photos", NASTY)],
        searches=[search()],
        rates=[rate()],
        from_scratch=True,
        diagnosis={
            "backbones": [
                {
                    "backbone": "mobilenet_v2",
                    "recipe": "one",
                    "reading": "No cause is shown: every interval reaches zero.",
                    "measurements": [
                        {
                            "cause": "over_fitting",
                            "title": "Over-fitting?",
                            "value": 0.02,
                            "interval": [0.01, 0.03],
                            "reading": "No cause is shown: every interval reaches zero.",
                        }
                    ],
                    "stages": [
                        {"stage": "stem", "accuracy": 0.7, "interval": [0.66, 0.74]},
                        {"stage": "layer1", "accuracy": 0.9, "interval": [0.87, 0.93]},
                    ],
                    "similarity": [{"stage": "stem", "similarity": 0.98, "interval": [0.97, 0.99]}],
                    "photos": {"train": 3000, "validation": 500, "test": 556, "reestimated": 1000},
                }
            ]
        },
        learning_curves=[
            {
                "recipe": "one",
                "tested": 556,
                "sentence": "Twice the photos would bring about 0.4 points (95% interval 0.1 to 0.8).",
                "exponent": 0.3,
                "scale": 0.9,
                "points": [
                    {"photos": n, "accuracy": 0.9 + n / 1e5, "interval": [0.88, 0.95]} for n in (300, 600, 3000)
                ],
            }
        ],
        robustness={
            "recipe": "one",
            "clean": 0.97,
            "mean": 0.8,
            "kinds": {"blur": [0.95, 0.9, 0.8, 0.7, 0.5]},
            "strengths": {"blur": [1, 2, 3, 4, 5]},
            "units": {"blur": "pixels"},
            "photos": 200,
        },
        paths={"p1": f"{NASTY}.jpg"},
        sheets={"Where the leaf is taken to be": [(Name(NASTY), jpeg())]},
    )
