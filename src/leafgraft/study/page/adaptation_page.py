"""What `leafgraft adapt` writes: adaptation.json and a page in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leafgraft.report.adaptation import build_adaptation_page
from leafgraft.storage.files.atomic import write_json
from leafgraft.storage.files.pages import write_editions
from leafgraft.study.page.contact_sheets import small_jpeg

SHOWN = 24
Missed = tuple[str, str, str]


def write_adaptation(folder: Path, figures: Mapping[str, Any], headline: str, missed: Sequence[Missed]) -> Path:
    """Write all into a folder.

    Args:
        folder: Where to.
        figures: As in adaptation.json.
        headline: What happened, in one sentence.
        missed: Path, class and answer of each photo that the new head has wrong.
    """
    shown = [
        {"path": Path(path).name, "true": true, "predicted": predicted, "thumbnail": small_jpeg(Path(path))}
        for path, true, predicted in missed[:SHOWN]
    ]
    page = folder / "index.html"
    write_editions(page, lambda edition: build_adaptation_page(figures, headline, shown, len(missed), edition))
    write_json(folder / "adaptation.json", figures)
    return page
