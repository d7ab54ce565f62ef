"""The page of an audit, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leafgraft.languages.editions import editions
from leafgraft.report.page import build_audit_page
from leafgraft.storage.files.atomic import write_text
from leafgraft.study.page.contact_sheets import contact_sheets
from leafgraft.study.photo_set import Photos


def write_audit_page(page: Path, found: Mapping[str, Any], photos: Photos) -> None:
    """Write the page of an audit, with pairs of one leaf and leaf masks to look at."""
    name, sheets = Path(photos.manifest.root).name, contact_sheets(found, photos.manifest)
    for edition in editions(page):
        write_text(edition.path, build_audit_page(name, found, sheets, edition))
