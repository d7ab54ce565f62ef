"""The page of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leafgraft.report.page import build_audit_page
from leafgraft.study.page.contact_sheets import contact_sheets
from leafgraft.study.photo_set import Photos


def audit_page(found: Mapping[str, Any], photos: Photos) -> str:
    """The page of an audit, with pairs of one leaf and leaf masks to look at."""
    return build_audit_page(Path(photos.manifest.root).name, found, contact_sheets(found, photos.manifest))
