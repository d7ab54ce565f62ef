"""The commands that work on a finished study: report, paper and export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from leafgraft.cli.console import Bars
from leafgraft.cli.failures import CHECK_FAILED
from leafgraft.cli.options import AsJson, Jobs
from leafgraft.cli.streams import talk
from leafgraft.languages.editions import spoken_edition
from leafgraft.languages.speaking import said, spoken


def report(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="Folder that a run filled.")],
    as_json: AsJson = False,
) -> None:
    """Rebuild the page from the files."""
    from leafgraft import study

    study.check_results(study_dir, "evaluation.json")
    from leafgraft.cli import tables

    page = study.report(study_dir)
    tables.show({"page": str(page)}, typer.echo, spoken_edition(page), as_json=as_json)


def paper(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="Folder that a run filled.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: STUDY_DIR/paper.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write figures, tables and texts for a paper.

    Figures as SVG, PDF and PNG, tables as CSV, LaTeX and DOCX, methods and results in English and Korean, references.
    """
    from leafgraft import study

    study.check_results(study_dir, "run.json")
    from leafgraft.cli import tables

    with Bars() as bars:
        made = study.paper(study_dir, out=out, language=spoken(), progress=bars)
    if as_json:
        tables.print_json({"out": str(made.folder), "files": made.files, "missing": made.missing})
        return
    for sentence in made.missing:
        talk.tell(sentence)
    typer.echo(made.folder)


def export(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="Folder that a run filled.")],
    trial: Annotated[str, typer.Option(metavar="KEY", help="A folder below trials; default: the verdict's.")] = "",
    zipped: Annotated[
        bool, typer.Option("--zip", help="Also the phone page as one file for any static host, with the steps.")
    ] = False,
    jobs: Jobs = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Write the bundle and the offline phone page of the verdict."""
    from leafgraft import study

    study.check_results(study_dir, "run.json")
    from leafgraft.cli import tables

    with Bars() as bars:
        exported = study.export(study_dir, trial=trial, zipped=zipped, jobs=jobs, device=device, progress=bars)
    tables.show(tables.export_to_json(exported), tables.print_export, exported, as_json=as_json)
    if zipped and not exported.phone_zip:
        talk.print(f"[red]No zip:[/] {escape(said(exported.phone_reason))}", soft_wrap=True)
        raise typer.Exit(CHECK_FAILED)
