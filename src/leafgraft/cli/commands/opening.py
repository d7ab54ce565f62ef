"""The command that opens the page for people without a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from leafgraft.cli.listening import (
    OWN_HOST,
    address_of,
    answer_until_stopped,
    listen,
    show_in_browser,
)
from leafgraft.cli.streams import answer, talk
from leafgraft.errors import UsageError


def open_(
    source: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER|STUDY_DIR]", help="Where to begin; default: your home folder.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Show it in the browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON on stdout.")] = False,
) -> None:
    """Do all of it on one local page, without a terminal.

    Choose photos and how long it may take, watch, read the report, review, label, adapt, send to the phone. It starts
    the commands that a terminal would, and shows each. A run that it started goes on when the page is closed.
    """
    if source and not source.is_dir():
        found = "It is a file." if source.exists() else "There is no such folder."
        raise UsageError(f"'{source}' must be a folder of photos or of a study.", found, "Check the path.")
    from leafgraft.web.opening.app import open_page

    with listen(OWN_HOST, port) as listening:
        opened = open_page(source, OWN_HOST, lambda line: talk.print(f"[yellow]{escape(line)}[/]", soft_wrap=True))
        address = f"{address_of(OWN_HOST, listening.getsockname()[1])}{opened.token}/"
        if as_json:
            typer.echo(json.dumps({"page": address}))
        else:
            answer.tell(f"Page  {address}")  # on stdout alone: the token opens it
        talk.print("Stop with Ctrl+C; a run that it started goes on, and the same command finds it.")
        if browser and not as_json:
            show_in_browser(address)
        try:
            answer_until_stopped(opened.app, listening, at_end=opened.stop)
        finally:
            opened.close()
