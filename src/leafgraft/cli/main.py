"""The commands. Each parses its arguments, calls one function of the study, and prints what came back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leafgraft import __version__
from leafgraft.cli.commands import field, finished, opening, service, training
from leafgraft.cli.console import Bars
from leafgraft.cli.failures import CHECK_FAILED, Commands
from leafgraft.cli.libraries import hush_libraries
from leafgraft.cli.options import AsJson, Corrections, Jobs
from leafgraft.cli.streams import escape_what_cannot_be_written, talk
from leafgraft.cli.talkative import Language, TalkativeApp
from leafgraft.errors import UsageError

app = TalkativeApp(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Graft a pretrained network onto your leaf photos, and find out honestly which graft takes.",
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"leafgraft {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
    lang: Language = "",
) -> None:
    del lang  # spoken since the begin


app.command()(training.run)


@app.command()
def audit(
    photos: Annotated[str, typer.Argument(metavar="PHOTOS", help="Folder, CSV, or kaggle:OWNER/NAME.")],
    html: Annotated[Path | None, typer.Option(help="Also write a page here.")] = None,
    groups: Annotated[Path | None, typer.Option(help="CSV path,group: which photos show one leaf.")] = None,
    group_name: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Or what of a file name says it: '^(\\d+)_'.")
    ] = None,
    corrections: Corrections = None,
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with these photos."""
    from leafgraft import study

    study.check_photos(photos)
    from leafgraft.cli import tables
    from leafgraft.data.audit.audit import audit_to_json
    from leafgraft.study.told import Telling

    with Bars() as bars:
        told = Telling(groups=groups, group_name=group_name, corrections=corrections)
        found = study.audit(photos, html=html, jobs=jobs, progress=bars, **told)
    tables.show(audit_to_json(found), tables.print_audit, found, html, as_json=as_json)
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(CHECK_FAILED)


app.command()(training.plan)
app.command()(training.tune)


@app.command()
def compare(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...|STUDY_DIR...", help="Study folders; files of leafgraft or another tool."),
    ] = None,
    counts: Annotated[
        tuple[int, int, int, int] | None,
        typer.Option(metavar="BOTH ONLY_A ONLY_B NEITHER", help="Instead: photos that two models have right."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page here.")] = None,
    seeds: Annotated[
        str, typer.Option(help="names: files NAME-s0, NAME-s1, ... are seeds of one; none: they are not.")
    ] = "names",
    as_json: AsJson = False,
) -> None:
    """Say which recipes are really better.

    Study folders, and files of answers to test photos, as leafgraft, Keras, fastai, Ultralytics, timm and
    scikit-learn write them: one per recipe, or NAME-s0, NAME-s1, ... for its seeds.
    """
    from leafgraft import study

    if counts:
        options = {"--html": html, "--seeds": None if seeds == "names" else seeds}
        beside = [*(files or ()), *(f"{option} {value}" for option, value in options.items() if value)]
        _compare_counts(counts, beside=beside, as_json=as_json)
        return
    if not files:
        raise UsageError("compare needs files, a study folder, or --counts.", "Found none.", "Name one or more.")
    if seeds not in {"names", "none"}:
        raise UsageError("--seeds must be names or none.", f"It is '{seeds}'.", "A column 'seed' counts with either.")
    study.check_compared(files)
    from leafgraft.cli import tables

    compared = study.compare(files, html=html, seeds_by_name=seeds == "names")
    for note in compared.notes:
        talk.tell(note)
    told = {**compared.evaluation, **compared.sentences, "notes": compared.notes}
    tables.show(told, tables.print_comparison, compared, html, as_json=as_json)


def _compare_counts(counts: tuple[int, int, int, int], *, beside: list[str], as_json: bool) -> None:
    """Two models from a typed table of four counts."""
    from leafgraft.cli import tables
    from leafgraft.evaluation.comparison.counts import compare_paired_counts

    if beside:
        found = f"Beside them stands '{beside[0]}'."
        raise UsageError("--counts takes four numbers and stands alone.", found, "Give the counts, or the files.")
    compared = compare_paired_counts(*counts)
    tables.show(compared, tables.print_paired_counts, as_json=as_json)


app.command()(finished.report)
app.command()(finished.paper)
app.command()(finished.export)
app.command()(field.pick)
app.command()(field.label)
app.command()(field.adapt)
app.command("open")(opening.open_)


@app.command()
def menu(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="backbones, heads, losses, ...")] = None,
    as_json: AsJson = False,
) -> None:
    """List what can be chosen, with defaults and sources."""
    from leafgraft import study
    from leafgraft.cli import tables

    entries = study.menu_to_json(kind)
    tables.show(entries, tables.print_menu, as_json=as_json)


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to draw; new or empty.")],
    photos_per_class: Annotated[int, typer.Option(min=1, help="Photos per class.")] = 60,
    side: Annotated[int, typer.Option(min=16, max=2048, help="Side in pixels.")] = 128,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same leaves.")] = 0,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COUNT", help="Plant a fault, e.g. wrong_labels=5; may repeat.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw labelled leaves, with planted faults if asked.

    Faults by number of photos: duplicates, pixel_duplicates, same_leaf, two_labels, wrong_labels, truncated,
    not_images, empty, dark, bright, blurred, tiny, odd_shape, grey, sixteen_bit, cmyk, palette, alpha, exif_rotated.
    By share of all photos, from 0 to 1: background, metadata.
    """
    from leafgraft import study
    from leafgraft.cli import tables

    drawn = study.sample(
        directory, photos_per_class=photos_per_class, side=side, seed=seed, faults=tuple(fault or ()), progress=Bars()
    )
    tables.show(drawn, tables.print_sample, drawn, directory, as_json=as_json)


@app.command()
def doctor(
    cache: Annotated[bool, typer.Option("--cache", help="Show what the cache folder holds.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Empty the cache folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what this machine can do, and what mends it."""
    from leafgraft import study
    from leafgraft.cli import tables

    if cache or empty:
        held = study.cache_to_json(empty=empty)
        tables.show(held, tables.print_cache, as_json=as_json)
        return
    found = study.doctor()
    tables.show(found, tables.print_doctor, as_json=as_json)


app.command()(service.predict)
app.command()(service.serve)


def main() -> None:
    """Entry point of the `leafgraft` command."""
    escape_what_cannot_be_written()
    hush_libraries()
    app()
