"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
Corrections = Annotated[
    Path | None, typer.Option("--corrections", metavar="FILE", help="What `leafgraft label STUDY_DIR` wrote.")
]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Threads for reading photos; 0 takes every core.")]
