"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Threads for reading photos; 0 takes every core.")]
