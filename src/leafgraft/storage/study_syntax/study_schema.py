"""The keys of a study file and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leafgraft.records.study import ACT_ABOVE, LONGEST_NAME


def check_name(name: str) -> str:
    """Refuse names that cannot be the name of a folder or lead out of it.

    Raises:
        ValueError: Saying what a name must be; and what it is.
    """
    if not name.strip() or len(name) > LONGEST_NAME or name.startswith(".") or not name.isprintable():
        raise ValueError(f"a name must have 1 to {LONGEST_NAME} characters and not begin with a dot; it is {name!r}")
    if set(name) & set("/\\:"):
        raise ValueError(f"a name must hold no /, \\ or :, as a folder is called by it; it is {name!r}")
    return name


def check_seeds(seeds: list[int]) -> list[int]:
    """Refuse a seed given twice.

    Raises:
        ValueError: Saying what seeds must do; and what they are.
    """
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must differ from each other; they are {seeds}")
    return seeds


T = TypeVar("T")
Several = Annotated[list[T], Field(min_length=1)]
Positive = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, AfterValidator(check_name)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
BatchNorm = Literal["train", "fixed"]
Balance = Literal["none", "places"]
Entry = Text | dict[str, dict[str, Any] | None]


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
    leave_out: Literal["place"] | None = None

    @model_validator(mode="after")
    def _check_sum(self) -> SplitPart:
        if self.leave_out:
            return self._check_left_out()
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            shares = f"{self.train:g} + {self.validation:g} + {self.test:g}"
            raise ValueError(
                f"train, validation and test must sum to 1; they sum to {total:g}: {shares}, with defaults"
            )
        return self

    def _check_left_out(self) -> SplitPart:
        """The place that is left out is tested on, and the others train: that leaves one share to give."""
        if given := [name for name in ("train", "test", "folds") if name in self.model_fields_set]:
            raise ValueError(
                "leave_out: place must stand without train, test and folds, as each place in turn is the test part "
                f"and validation a share of the others; it stands with {', '.join(given)}"
            )
        return self


class TrainingPart(Part):
    """`training:`."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 50
    patience: Positive = 7
    batch_size: Annotated[int, Field(ge=2, le=65_536)] = 32
    seeds: Annotated[Several[Annotated[int, Field(ge=0, le=2**63 - 1)]], AfterValidator(check_seeds)] = [0]
    views: Annotated[int, Field(ge=0, le=1000)] = 4


class SidesPart(Part):
    """`image_size:` with small photos first."""

    first: Positive
    epochs: Positive
    then: Positive


Side = Positive | SidesPart


class RecipePart(Part):
    """A block of `recipes:`; a list is crossed with the other lists of its block.

    `best_of` says that the settings were chosen among so many, by this program or by hand.
    """

    backbone: Entry | Several[Entry] | None = None
    weights: Text | Several[Text] | None = None
    batch_norm: BatchNorm | Several[BatchNorm] | None = None
    auxiliary: bool | Several[bool] | None = None
    strategy: Entry | Several[Entry] | None = None
    head: Entry | Several[Entry] | None = None
    loss: Entry | Several[Entry] | None = None
    optimizer: Entry | Several[Entry] | None = None
    learning_rate: Rate | Several[Rate] | None = None
    scheduler: Entry | Several[Entry] | None = None
    augmentation: Entry | list[Entry | list[Entry]] | None = None
    image_size: Side | Several[Side] | None = None
    balance: Balance | Several[Balance] | None = None
    best_of: Positive | None = None
    tune: dict[str, Any] | None = None


class EnsemblePart(Part):
    """An entry of `ensembles:`."""

    of: Literal["best", "all"] | Several[Text] = "best"
    members: Annotated[int, Field(ge=2, le=100)] = 3
    average: Literal["probabilities", "weights"] = "probabilities"
    share: Annotated[float, Field(ge=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _check_average(self) -> EnsemblePart:
        if self.average == "weights":
            named = self.of if isinstance(self.of, str) else ", ".join(self.of)
            if isinstance(self.of, str) or not len(self.of) == len(set(self.of)) == 2:
                raise ValueError(f"average: weights needs two recipes by name, of: [A, B]; under of stands {named}")
            if self.share in (0, 1):
                alone = self.of[int(self.share)]
                raise ValueError(f"share must lie between 0 and 1; {self.share:g} is '{alone}' alone")
        elif "share" in self.model_fields_set:
            raise ValueError("share needs average: weights; it stands with average: probabilities")
        return self


class TtaPart(Part):
    """`tta:`."""

    views: Annotated[int, Field(ge=2, le=8)] = 4


class SecondPart(Part):
    """A second folder, or the photos of a place, whose classes are called otherwise."""

    folder: Text
    classes: dict[str, Text] = {}


class GroupsPart(Part):
    """`groups:` by the names of the photos."""

    name: Text


class StudyPart(RecipePart):
    """The whole file; recipe keys at the top level are the defaults of all blocks."""

    name: Name | None = None
    photos: Text | Annotated[dict[Name, Text | SecondPart], Field(min_length=1)]
    split: SplitPart = SplitPart()
    training: TrainingPart = TrainingPart()
    recipes: Several[RecipePart]
    also_test: dict[str, Text | SecondPart] = {}
    foreign: dict[str, Text] = {}
    groups: Text | GroupsPart | None = None
    exclude: list[str] = []
    corrections: Text | None = None
    ensembles: list[EnsemblePart] = []
    tta: TtaPart | None = None
    act_above: Annotated[float, Field(ge=0, le=1)] = ACT_ABOVE


RECIPE_KEYS = tuple(key for key in RecipePart.model_fields if key not in {"best_of", "tune"})
