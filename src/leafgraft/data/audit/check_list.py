"""Which checks an audit runs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

# What is looked for: a finding is a file of its name in the folder of checks.
NAMES = (
    "files.lg001_unreadable",
    "classes.lg002_two_labels",
    "files.lg003_copies",
    "leaks.lg004_equal_pixels",
    "leaks.lg005_same_leaf",
    "leaks.lg006_crossing_groups",
    "leaks.lg007_split_leak",
    "pictures.lg008_small",
    "pictures.lg009_dark",
    "pictures.lg010_bright",
    "pictures.lg011_blurred",
    "pictures.lg012_odd_shape",
    "pictures.lg013_sizes",
    "files.lg014_modes",
    "files.lg015_exif_rotation",
    "files.lg016_animated",
    "classes.lg017_imbalance",
    "classes.lg018_few_photos",
    "classes.lg019_wide_interval",
    "classes.lg020_wrong_labels",
    "shortcuts.lg021_floors",
    "shortcuts.lg022_metadata",
    "shortcuts.lg023_brightness_by_class",
    "classes.lg024_class_without_photo",
    "classes.lg025_names_alike",
    "files.lg026_left_out",
    "files.lg027_passed_over",
    "files.lg028_cut",
    "leaks.lg029_no_split",
    "leaks.lg030_names_suggest_groups",
    "leaks.lg031_groups_across_classes",
    "leaks.lg032_groups_kept_apart",
    "leaks.lg033_kept_together",
    "pictures.lg034_unlike",
    "files.lg040_respelled",
    "files.lg041_unicode_forms",
    "classes.lg042_places_lack_classes",
    "leaks.lg043_shared_with_training",
    "files.lg044_taken_otherwise",
    "classes.lg045_several_labels",
)
CHECKS: tuple[ModuleType, ...] = tuple(import_module(f"leafgraft.data.checks.{name}") for name in NAMES)
