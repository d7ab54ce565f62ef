"""The keys of a study file and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[int, Field(ge=1)]
Entry = str | dict[str, dict[str, Any] | None]


class Part(BaseModel):
    """A part of a study file: unknown keys are refused, numbers are not read from text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SplitPart(Part):
    """`split:`."""

    train: Annotated[float, Field(gt=0, lt=1)] = 0.8
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: Annotated[int, Field(ge=0)] = 0
    keep_groups: bool = True
    folds: Annotated[int, Field(ge=2, le=50)] | None = None

    @model_validator(mode="after")
    def _check_sum(self) -> SplitPart:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train, validation and test must sum to 1, not {total:g}")
        return self


class TrainingPart(Part):
    """`training:`."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 50
    patience: Positive = 7
    batch_size: Annotated[int, Field(ge=2, le=65_536)] = 32
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] = [0]
    views: Annotated[int, Field(ge=0, le=1000)] = 4

    @model_validator(mode="after")
    def _check_seeds(self) -> TrainingPart:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must differ from each other: {self.seeds}")
        return self


class RecipePart(Part):
    """A block of `recipes:`; a list is crossed with the other lists of its block."""

    backbone: Entry | list[Entry] | None = None
    weights: str | list[str] | None = None
    batch_norm: str | list[str] | None = None
    auxiliary: bool | list[bool] | None = None
    strategy: Entry | list[Entry] | None = None
    head: Entry | list[Entry] | None = None
    loss: Entry | list[Entry] | None = None
    optimizer: Entry | list[Entry] | None = None
    learning_rate: float | list[float] | None = None
    scheduler: Entry | list[Entry] | None = None
    augmentation: Entry | list[Entry | list[Entry]] | None = None
    image_size: int | list[int] | None = None


class EnsemblePart(Part):
    """An entry of `ensembles:`."""

    of: Literal["best", "all"] | list[str] = "best"
    members: Annotated[int, Field(ge=2, le=100)] = 3


class TtaPart(Part):
    """`tta:`."""

    views: Annotated[int, Field(ge=2, le=8)] = 4


class SecondPart(Part):
    """A second folder whose classes are called otherwise."""

    folder: str
    classes: dict[str, str] = {}


class StudyPart(RecipePart):
    """The whole file; recipe keys at the top level are the defaults of all blocks."""

    name: str | None = None
    photos: str
    split: SplitPart = SplitPart()
    training: TrainingPart = TrainingPart()
    recipes: Annotated[list[RecipePart], Field(min_length=1)]
    also_test: dict[str, str | SecondPart] = {}
    groups: str | None = None
    exclude: list[str] = []
    ensembles: list[EnsemblePart] = []
    tta: TtaPart | None = None


RECIPE_KEYS = tuple(RecipePart.model_fields)
