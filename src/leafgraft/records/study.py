"""A study: photos, split, recipes, seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leafgraft.errors import UsageError
from leafgraft.records.display import did_you_mean
from leafgraft.records.recipe import Recipe, Training
from leafgraft.records.split import SplitPlan
from leafgraft.records.tuning import Tuned

STUDY_SUFFIXES = (".yaml", ".yml")
PRESETS = ("minutes", "hour", "overnight")  # studies of bare photos, by how long they take; the first is the default
ACT_ABOVE = 0.7
LONGEST_NAME = 100  # characters of a study's name, by which folders are called


def is_study_file(photos: str | Path) -> bool:
    """Whether a study file is named, and not photos."""
    return Path(photos).suffix.lower() in STUDY_SUFFIXES


def check_preset(photos: str, preset: str) -> None:
    """Refuse a preset that there is not, or that a study file does without.

    Args:
        photos: A study file, or photos.
        preset: One of `PRESETS`; empty if none is named.

    Raises:
        UsageError: Naming those that there are.
    """
    if preset and preset not in PRESETS:
        mend = did_you_mean(preset, PRESETS, "Name one of them, or leave it out.")
        raise UsageError(f"--preset must be {', '.join(PRESETS[:-1])} or {PRESETS[-1]}.", f"It is '{preset}'.", mend)
    if preset and is_study_file(photos):
        found = f"'{photos}' is a study file, which names its recipes itself."
        raise UsageError("--preset is the study of bare photos.", found, "Leave --preset out, or name photos.")


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A derived recipe: the mean probability of several, or one network with the mean weights of two.

    Attributes:
        of: ``best`` (by validation), ``all``, or recipe names.
        members: How many of them.
        average: ``probabilities`` or ``weights``.
        share: Part of the second recipe's weights in the mean, between 0 and 1.
    """

    of: str | tuple[str, ...] = "best"
    members: int = 3
    average: str = "probabilities"
    share: float = 0.5

    @property
    def name(self) -> str:
        """Display name of the derived recipe."""
        if self.average == "weights":
            return f"average of {' & '.join(self.of)} ({self.share:g})"
        if isinstance(self.of, tuple):
            return f"ensemble of {' & '.join(self.of)}"
        return "ensemble of all" if self.of == "all" else f"ensemble of best {self.members}"


@dataclass(frozen=True, slots=True)
class Study:
    """What a study file says, with every default written out.

    Attributes:
        name: Name of the study, from the file's name.
        photos: Folder, CSV file or ``kaggle:OWNER/NAME``; absolute unless kaggle. Empty where `places` has them.
        recipes: Crossed out; choices not yet checked against the menus.
        tuned: Recipes whose settings are searched for before any of them is trained.
        split: How to split.
        training: How long and on what seeds.
        also_test: Second folders of the same classes, by name, never trained on.
        foreign: Folders of photos of none of the classes, by name: what a bundle does with them is shown.
        places: Photos by the name of their place, each as `photos` are named; none where `photos` has them.
        class_names: Per second folder or place: its class names mapped to the classes of the study.
        groups: File that says which photos show one leaf, or empty.
        group_name: Regular expression for the part of a photo's name that says it, or empty.
        exclude: Classes to leave out.
        corrections: File of what people corrected of the photos, or empty.
        ensembles: Derived recipes.
        tta_views: Views for test-time augmentation as a derived recipe; 0 for none.
        act_above: Least share of right answers in a place for its answers to be acted on.
    """

    name: str
    photos: str
    recipes: tuple[Recipe, ...]
    tuned: tuple[Tuned, ...] = ()
    split: SplitPlan = field(default_factory=SplitPlan)
    training: Training = field(default_factory=Training)
    also_test: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    class_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    groups: str = ""
    group_name: str = ""
    exclude: tuple[str, ...] = ()
    corrections: str = ""
    ensembles: tuple[Ensemble, ...] = ()
    tta_views: int = 0
    act_above: float = ACT_ABOVE

    @property
    def named_photos(self) -> str:
        """What the study file names as its photos, in words."""
        return self.photos or ", ".join(f"{place}: {source}" for place, source in self.places.items())
