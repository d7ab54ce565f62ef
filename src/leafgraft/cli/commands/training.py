"""The commands that train: run, tune, and plan, which says what it will cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from leafgraft.cli.console import Bars
from leafgraft.cli.failures import CHECK_FAILED
from leafgraft.cli.options import AsJson, Corrections, Jobs
from leafgraft.cli.rows import print_rows
from leafgraft.cli.streams import answer
from leafgraft.errors import UsageError
from leafgraft.languages.editions import spoken_edition
from leafgraft.languages.speaking import Name
from leafgraft.records.display import counted, percent
from leafgraft.records.extent import UNTIL, Extent
from leafgraft.records.launch import Launch

if TYPE_CHECKING:
    from leafgraft.study.commands.tune import TuneResults

Trials = Annotated[
    int, typer.Option("--jobs", min=0, help="Trials at a time, each in its own process; 0 and 1: one, in this process.")
]
Engine = Annotated[str, typer.Option(help="local, or ray: trials on a Ray cluster.")]
Address = Annotated[str, typer.Option(help="Of the Ray cluster; else $RAY_ADDRESS, else one on this machine.")]
Cpus = Annotated[float, typer.Option(help="CPUs that a trial takes on a Ray cluster.")]
Gpus = Annotated[float | None, typer.Option(help="GPUs that a trial takes there, such as 0.25; default 1 with cuda.")]
Devices = Annotated[int, typer.Option(min=1, help="GPUs, or processes on a CPU, that one trial is spread over.")]
LogTo = Annotated[
    list[str] | None,
    typer.Option("--log-to", metavar="NAME", help="tensorboard, mlflow: epochs go there too; may repeat."),
]
Preset = Annotated[
    str, typer.Option(metavar="NAME", help="Of bare photos: minutes (default), hour, overnight, by what they take.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")]


def run(
    photos: Annotated[str, typer.Argument(metavar="PHOTOS|STUDY.yaml", help="Photos, or a study file.")],
    out: Annotated[Path | None, typer.Option(help="Study folder; default results/NAME.")] = None,
    preset: Preset = "",
    corrections: Corrections = None,
    until: Annotated[
        str, typer.Option(metavar="PART", help="Last part to do: audit, plan, training, evaluation, report, export.")
    ] = UNTIL[-1],
    jobs: Trials = 0,
    engine: Engine = "local",
    address: Address = "",
    cpus: Cpus = 1.0,
    gpus: Gpus = None,
    devices: Devices = 1,
    device: Device = "auto",
    log_to: LogTo = None,
    as_json: AsJson = False,
) -> None:
    """Audit, split, train, compare, report, export: the main job."""
    launch, extent = Launch(jobs, engine, address, cpus, gpus, devices), Extent(until)
    from leafgraft import study

    study.check_request(photos, preset)
    from leafgraft.cli import tables
    from leafgraft.study.loggers import LoggedTo

    with Bars() as bars:
        progress = LoggedTo(bars, log_to) if log_to else bars
        results = study.run(
            photos,
            out=out,
            corrections=corrections,
            until=extent.until,
            device=device,
            progress=progress,
            engine=launch,
            preset=preset,
        )
    tables.show(tables.run_to_json(results), tables.print_results, results, as_json=as_json)
    if results.failed or results.export_failure or results.errors:
        raise typer.Exit(CHECK_FAILED)


def plan(
    photos: Annotated[str, typer.Argument(metavar="PHOTOS|STUDY.yaml", help="Photos, or a study file.")],
    preset: Preset = "",
    corrections: Corrections = None,
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """List trials, minutes and memory before training."""
    from leafgraft import study

    study.check_request(photos, preset)
    from leafgraft.cli import tables

    with Bars() as bars:
        planned = study.plan(photos, preset=preset, corrections=corrections, jobs=jobs, progress=bars)
    tables.show(planned, tables.print_plan, as_json=as_json)


def tune(
    photos: Annotated[
        str,
        typer.Argument(
            metavar="STUDY.yaml|PHOTOS", help="Study file with a tune block; with --rate any study file, or photos."
        ),
    ],
    rate: Annotated[bool, typer.Option("--rate", help="Only draw the loss over ever higher learning rates.")] = False,
    out: Annotated[Path | None, typer.Option(help="Study folder; default results/NAME.")] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", min=0, help="Trials at a time, each in its own process; with --rate threads that read photos."
        ),
    ] = 0,
    engine: Engine = "local",
    address: Address = "",
    cpus: Cpus = 1.0,
    gpus: Gpus = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Search a recipe's settings on validation photos, or its rate."""
    launch = Launch(jobs, engine, address, cpus, gpus)
    if rate and launch.engine != "local":
        raise UsageError("--rate measures on this machine.", f"It is named with --engine {engine}.", "Leave it out.")
    from leafgraft import study

    study.check_request(photos)
    from leafgraft.cli import tables

    with Bars() as bars:
        if rate:
            tuned = study.find_rates(photos, out=out, jobs=jobs, device=device, progress=bars)
        else:
            tuned = study.tune(photos, out=out, jobs=jobs, device=device, engine=launch, progress=bars)
    tables.show(_tuning_to_json(tuned), _print_tuning, tuned, as_json=as_json)


def _tuning_to_json(tuned: TuneResults) -> dict[str, Any]:
    """What `tune --json` prints."""
    return {
        "study_dir": str(tuned.folder),
        "page": str(tuned.page),
        "searches": list(tuned.searches),
        "rates": list(tuned.rates),
    }


def _print_tuning(tuned: TuneResults) -> None:
    """What each search found, or the rate to begin with, and the path of the page."""
    for search in tuned.searches:
        answer.print(f"[bold]{escape(search['recipe'])}[/]")
        answer.print(
            f"  lowest validation loss {search['loss']:.4f} ({percent(search['accuracy'])} right) of "
            f"{counted(search['best_of'], 'setting')}: {search['complete']:,} trained to the end, "
            f"{search['pruned']:,} given up early, {search['failed']:,} failed"
        )
        rows = []
        for name, value in search["settings"].items():
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            share = search["importance"].get(name)
            rows.append([Name(f"  {name}"), Name(shown), "" if share is None else f"{100 * share:.0f}%"])
        print_rows(["setting", "found", "matters"], rows)
    for found in tuned.rates:
        rate = found["suggested"]
        words = f"begin with a rate of {rate:.2g}" if rate else "the loss falls at no rate"
        words += f", or with fastai's valley, {found['valley']:.2g}" if rate and found["valley"] else ""
        answer.print(f"[bold]{escape(found['recipe'])}[/]: {words} (the recipe has {found['learning_rate']:.2g})")
    answer.print(f"\nThe page: {escape(str(spoken_edition(tuned.page)))}", soft_wrap=True)
    if tuned.searches:
        answer.print("Test photos are still closed: leafgraft run trains what was found, and tests it.")
