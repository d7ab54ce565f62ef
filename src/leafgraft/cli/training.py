"""The commands that train: run, tune, and plan, which says what it will cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leafgraft.cli.console import Bars
from leafgraft.cli.failures import CHECK_FAILED
from leafgraft.cli.options import AsJson, Corrections, Jobs
from leafgraft.records.extent import UNTIL, Extent
from leafgraft.records.launch import Launch

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
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")]


def run(
    photos: Annotated[str, typer.Argument(metavar="PHOTOS|STUDY.yaml", help="Photos, or a study file.")],
    out: Annotated[Path | None, typer.Option(help="Study folder; default results/NAME.")] = None,
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

    study.check_request(photos)
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
        )
    if as_json:
        tables.print_json(tables.run_to_json(results))
    else:
        tables.print_results(results)
    if results.failed or results.export_failure or results.errors:
        raise typer.Exit(CHECK_FAILED)


def plan(
    photos: Annotated[str, typer.Argument(metavar="STUDY.yaml", help="Study file, or photos as for run.")],
    corrections: Corrections = None,
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """List trials, minutes and memory before training."""
    from leafgraft import study

    study.check_request(photos)
    from leafgraft.cli import tables

    with Bars() as bars:
        planned = study.plan(photos, corrections=corrections, jobs=jobs, progress=bars)
    if as_json:
        tables.print_json(planned)
    else:
        tables.print_plan(planned)


def tune(
    study_file: Annotated[str, typer.Argument(metavar="STUDY.yaml", help="Study file with a tune block.")],
    rate: Annotated[bool, typer.Option("--rate", help="Only draw the loss over ever higher learning rates.")] = False,
    out: Annotated[Path | None, typer.Option(help="Study folder; default results/NAME.")] = None,
    jobs: Trials = 0,
    engine: Engine = "local",
    address: Address = "",
    cpus: Cpus = 1.0,
    gpus: Gpus = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Search a recipe's settings on validation photos, or its rate."""
    launch = Launch(jobs, engine, address, cpus, gpus)
    from leafgraft import study

    study.check_request(study_file)
    from leafgraft.cli import tables

    with Bars() as bars:
        if rate:
            tuned = study.find_rates(study_file, out=out, jobs=jobs, device=device, progress=bars)
        else:
            tuned = study.tune(study_file, out=out, jobs=jobs, device=device, engine=launch, progress=bars)
    if as_json:
        tables.print_json(tables.tuning_to_json(tuned))
    else:
        tables.print_tuning(tuned)
