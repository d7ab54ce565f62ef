"""A page in every language: each edition is a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from leafgraft.errors import UsageError
from leafgraft.languages.editions import Edition, editions
from leafgraft.storage.files.atomic import PAGE_BEGINS, check_replaceable, write_text


def check_page(page: Path) -> None:
    """Leave files alone that are no earlier editions of a page.

    Raises:
        UsageError: There is one where an edition is to be written, or it is a folder.
    """
    if page.is_dir() or page.name in {"", ".."}:
        raise UsageError("--html must name a file.", f"'{page}' is a folder.", "Name a file in it.")
    for edition in editions(page):
        check_replaceable(edition.path, PAGE_BEGINS)


def write_editions(page: Path, build: Callable[[Edition], str]) -> None:
    """Write what `build` makes of each edition."""
    for edition in editions(page):
        write_text(edition.path, build(edition))
