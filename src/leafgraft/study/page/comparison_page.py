"""The page of a comparison, in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leafgraft.languages.editions import editions
from leafgraft.report.page import build_comparison_page
from leafgraft.storage.files.atomic import write_text


def write_comparison_page(
    page: Path, evaluation: Mapping[str, Any], sentences: Mapping[str, Sequence[str]], notes: Sequence[str]
) -> None:
    """Write the page of a comparison of predictions files."""
    for edition in editions(page):
        write_text(edition.path, build_comparison_page(evaluation, sentences, notes, edition))
