"""The commands of the field loop: pick photos worth a label, label them, and adapt the head to a place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from leafgraft.cli.console import Bars
from leafgraft.cli.failures import CHECK_FAILED
from leafgraft.cli.listening import address_of, answer_until_stopped, is_open, listen
from leafgraft.cli.options import AsJson, Jobs
from leafgraft.cli.rows import counts_in_words, print_rows
from leafgraft.cli.streams import answer, talk, tell_address
from leafgraft.errors import UsageError
from leafgraft.languages.editions import spoken_edition
from leafgraft.languages.speaking import Name
from leafgraft.records.command import typed
from leafgraft.records.display import counted, first_of, percent
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE

if TYPE_CHECKING:
    from leafgraft.study.commands.field.label import Labelling, Review
    from leafgraft.study.steps.field.picking import Picked
    from leafgraft.study.steps.field.verdict import AdaptedPlace

StudyDir = Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="Folder that a run filled.")]
NAMED = 3  # of what was left out
MANY = 500  # photos that nobody labels in one afternoon


def pick(
    study_dir: StudyDir,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER|FIELD.zip", help="Unlabelled photos, and all below; or a phone's.")
    ],
    count: Annotated[int, typer.Option(help="Labels that you have time to give.")] = 60,
    out: Annotated[Path, typer.Option(help="Where to write them; .json and .jpg lie beside it.")] = Path("picks.csv"),
    jobs: Jobs = 0,
    as_json: AsJson = False,
) -> None:
    """Choose the unlabelled photos most worth a label.

    Typical ones of as many kinds first; after `leafgraft adapt`, those that its head is unsure of. A tenth is drawn at
    random, for testing only.
    """
    from leafgraft import study

    study.check_results(study_dir, "verdict.json")
    from leafgraft.cli import tables

    with Bars() as bars:
        picked = study.pick(study_dir, folder, count=count, out=out, jobs=jobs, progress=bars)
    for line in _left_out(picked, count):
        talk.tell(line)
    if as_json:
        left_out = {
            "show no leaf": picked.not_leaves,
            "of the study": picked.at_home,
            "leaves of the study": picked.leaves_at_home,
            "labelled": picked.labelled,
            "unreadable": [one.path for one in picked.manifest.unreadable],
            "copies": [path for paths in picked.manifest.copies for path in paths[1:]],
        }
        tables.print_json({"picks": picked.picks, "out": str(out), "left_out": left_out})
        return
    reasons = counts_in_words(one.reason for one in picked.picks)
    answer.tell(f"{counted(len(picked.picks), 'photo')} worth a label ({reasons}): {out}")
    answer.tell(f"Look at them: {out.with_suffix('.jpg')}")
    answer.tell(f"Label them: {typed('label', out)}")


def _left_out(picked: Picked, asked: int) -> list[str]:
    """What was not chosen from, in words."""
    found = []
    for paths, what in (
        ([f"{one.path}: {one.reason}" for one in picked.manifest.unreadable], ("cannot be used", "cannot be used")),
        (picked.not_leaves, ("seems to show no leaf", "seem to show no leaf")),
        (picked.at_home, ("is one of the study's own", "are the study's own")),
        (picked.leaves_at_home, ("shows a leaf of the study", "show leaves of the study")),
        (picked.labelled, ("has a label", "have a label")),
    ):
        if paths:
            count = counted(len(paths), f"photo {what[0]}", f"photos {what[1]}")
            found.append(f"Not chosen from: {count} ({first_of(paths, NAMED, '; ')}).")
    if (there := len(picked.picks)) < asked:
        found.append(f"Picked {there:,} of {asked:,}: copies, and further photos of one leaf, are passed over.")
    return found


def adapt(
    study_dir: StudyDir,
    labels: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[LABELS.csv|FIELD.zip...]", help="path,label[,…], or zips of the phone page."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Where they were taken; default: as labelled or before, else field."),
    ] = None,
    unlabelled: Annotated[Path | None, typer.Option(metavar="FOLDER", help="More photos of the place.")] = None,
    out: Annotated[Path | None, typer.Option(help="Default: STUDY_DIR/adaptation/NAME.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Tune the last stage, too, if that helps: minutes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the head again with labelled photos of a place.

    Writes adaptation.json and a page; a bundle only if the place is shown better and home is not shown worse.
    """
    from leafgraft import study

    study.check_results(study_dir, "verdict.json")
    from leafgraft.cli import tables
    from leafgraft.study.steps.field.verdict import adaptation_to_json

    if not labels:
        _foresee(study_dir, unlabelled, {"--place": place, "--out": out, "--full": full}, as_json=as_json)
        return
    with Bars() as bars:
        done = study.adapt(study_dir, labels, place=place, unlabelled=unlabelled, out=out, full=full, progress=bars)
    if as_json:
        tables.print_json({**adaptation_to_json(done), "out": str(done.folder)})
    else:
        _print_adapted(done)
    if not done.kept:
        raise typer.Exit(CHECK_FAILED)


def _foresee(study_dir: Path, unlabelled: Path | None, further: Mapping[str, object], *, as_json: bool) -> None:
    """Say what unlabelled photos alone would change; options that only labels give a sense are refused."""
    from leafgraft import study
    from leafgraft.cli import tables

    if unlabelled is None:
        mend = "`leafgraft pick` says which photos are most worth a label, `leafgraft label` shows them."
        raise UsageError(
            "adapt needs labels of a place: LABELS.csv, or the zip of the phone page.", "None are named.", mend
        )
    if given := [name for name, one in further.items() if one]:
        asked = "Without labels adapt writes nothing, and takes --unlabelled alone."
        raise UsageError(asked, f"There is {', '.join(given)}, too.", "Name labels, or leave it out.")
    with Bars() as bars:
        found = study.foresee(study_dir, unlabelled, progress=bars)
    if as_json:
        tables.print_json({**asdict(found), "kept": False, "said": [found.words]})
        return
    answer.tell(
        f"{counted(found.photos, 'photo')} without labels; the study's bundle declines {percent(found.declined)}."
    )
    for name, now in found.answers.items():
        answer.tell(f"  {name}: {now} now, {found.scaled[name]} after scaling")
    answer.tell(found.words)


def _print_adapted(done: AdaptedPlace) -> None:
    found, change, home = done.found, done.found.place, done.found.home
    low, high, least, most = (100 * one for one in (*change.difference_interval, *home.difference_interval))
    answer.tell(done.headline)
    answer.tell(
        f"Difference {100 * change.difference:+.1f} points (95% interval {low:+.1f} to {high:+.1f}, "
        f"p = {change.p:.2g}), at home {100 * home.difference:+.1f} ({least:+.1f} to {most:+.1f}); "
        f"balanced accuracy {percent(change.balanced_before)} to {percent(change.balanced_after)}."
    )
    answer.tell(
        f"Declined there: {percent(found.declined_before[0])} to {percent(found.answered['declined']['share'])}."
    )
    answer.tell(f"Chosen: {done.why}")
    for line in done.said:
        answer.tell(f"- {line}")
    answer.tell(f"The page: {spoken_edition(done.folder / 'index.html')}")
    if done.exported:
        answer.tell(f"The bundle: {done.exported.bundle}")


def label(
    source: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICKS.csv|FOLDER|FIELD.zip|STUDY_DIR|LABELS.csv...", help="What to label, or was labelled."
        ),
    ],
    classes: Annotated[str, typer.Option(metavar="A,B,C", help="The classes; default: those of the picks.")] = "",
    labeller: Annotated[str, typer.Option(metavar="NAME", help="Who labels; default: the name of the user.")] = "",
    place: Annotated[str, typer.Option(metavar="NAME", help="Where they were taken: `adapt` is shown with it.")] = "",
    out: Annotated[Path | None, typer.Option(help="Labels file; default: beside the picks or the folder.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8300,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Of two labellers: Cohen's kappa, and where they differ.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Label photos on a local page, or review those of a study.

    Every answer is in labels.csv before the next photo shows; the same command goes on where it was. With a STUDY_DIR
    it shows what its audit suspects, and writes corrections.csv beside the photos' folder. With --agreement no page
    opens: it takes one labels file of two labellers, or one of each.
    """
    if agreement:
        _print_agreement(source, as_json=as_json)
        return
    if len(source) > 1:
        mend = "Name one; or add --agreement to compare two labels files."
        raise UsageError("label takes one table of picks or one folder.", f"There are {len(source)}.", mend)
    from leafgraft.storage.study_folder import is_study_folder
    from leafgraft.study.commands.field.label import open_labelling, open_review

    if is_study_folder(source[0]):
        if classes:
            mend = "Leave --classes out."
            raise UsageError("A review takes the classes of its study.", f"--classes names '{classes}'.", mend)
        with open_review(source[0], labeller=labeller, out=out) as review:
            _answer(review, host, port, lambda address: _say_review(review, address, as_json=as_json))
        done, total = len(review.answers.read()), len(review.sheet.items)
        talk.print(f"{done} of {total} reviewed: {escape(str(review.sheet.corrections))}", soft_wrap=True)
        if done:
            talk.print(f"Next: {escape(review.sheet.command)}", soft_wrap=True)
        return
    named = {"classes": classes, "labeller": labeller, "place": place}
    with open_labelling(source[0], **named, out=out, progress=Bars()) as labelling:
        _answer(labelling, host, port, lambda address: _say_what(labelling, address, as_json=as_json))
    done, total = len(labelling.answers.read()), len(labelling.sheet.photos)
    talk.print(f"{done} of {total} labelled: {escape(str(labelling.sheet.labels))}", soft_wrap=True)


def _answer(page: Labelling | Review, host: str, port: int, say: Callable[[str], None]) -> None:
    """Answer browsers until stopped; `say` is told the address."""
    with listen(host, port) as listening:
        app = page.app(host, _warn)
        say(address_of(host, listening.getsockname()[1]))
        talk.print("Every answer is saved at once. Stop with Ctrl+C; the same command goes on.")
        if is_open(host):
            words = "anyone who reaches this address sees the photos and can answer, and nothing is encrypted."
            talk.print(f"[bold yellow]Warning:[/] The page is open to the network: {words}")
        answer_until_stopped(app, listening)


def _print_agreement(files: list[Path], *, as_json: bool) -> None:
    from leafgraft.study.steps.field.agreement import compare_labellers

    compared = compare_labellers(files)
    if as_json:
        from leafgraft.cli import tables

        tables.print_json(compared.to_json())
        return
    found, (one, other), alone = compared.found, compared.labellers, compared.alone
    answer.tell(f"{counted(found.photos, 'photo')} labelled by both; {alone[0]} by {one} alone, {alone[1]} by {other}.")
    kappa = "cannot be told: both say one and the same of all" if found.kappa is None else f"{found.kappa:.2f}"
    span = " (95% interval {:.2f} to {:.2f})".format(*found.interval) if found.interval else ""
    answer.tell(f"Cohen's kappa {kappa}{span}; the same answer to {percent(found.same)}.")
    for line in compared.said:
        answer.tell(line)
    if compared.differ:
        rows = [[Name(path), *map(_label, answers)] for path, *answers in compared.differ]
        print_rows(("they differ on", Name(one), Name(other)), rows)


def _label(label: str) -> str:
    """A class, which people named, or one of the answers that are ours."""
    return label if label in {NONE_OF_THESE, CANNOT_TELL} else Name(label)


def _warn(line: str) -> None:
    talk.print(f"[yellow]{escape(line)}[/]", soft_wrap=True)


def _say_review(review: Review, address: str, *, as_json: bool) -> None:
    sheet, done = review.sheet, len(review.answers.read())
    if as_json:
        told = {"page": address, "corrections": str(sheet.corrections), "classes": sheet.classes}
        typer.echo(json.dumps({**told, "labeller": sheet.labeller, "items": len(sheet.items), "reviewed": done}))
    tell_address(f"Review page  {address}", as_json=as_json)
    talk.print(f"Corrections  {escape(str(sheet.corrections))}", soft_wrap=True)
    what = counted(len(sheet.items), "photo or pair to look at", "photos and pairs to look at")
    talk.print(f"{what}, {done} of them reviewed so far.", soft_wrap=True)
    if gone := sheet.gone:
        _warn(f"{counted(len(gone), 'photo')} cannot be shown, as no such file is there: {first_of(gone, NAMED)}.")


def _say_what(labelling: Labelling, address: str, *, as_json: bool) -> None:
    sheet, done = labelling.sheet, len(labelling.answers.read())
    for one in labelling.left_out:
        _warn(f"Not shown: {one.path}: {one.reason}" + (f": {one.mend}" if one.mend else ""))
    if len(sheet.photos) > MANY:
        _warn(f"{len(sheet.photos):,} photos are a lot to label: a few dozen that are picked well may do.")
    if as_json:
        told = {"page": address, "labels": str(sheet.labels), "classes": sheet.classes, "labeller": sheet.labeller}
        left_out = [{"path": one.path, "reason": one.reason} for one in labelling.left_out]
        typer.echo(json.dumps({**told, "photos": len(sheet.photos), "labelled": done, "left_out": left_out}))
    tell_address(f"Label page   {address}", as_json=as_json)
    talk.print(f"Labels       {escape(str(sheet.labels))}", soft_wrap=True)
    so_far = f", {done} of them labelled by {sheet.labeller} so far" if done else f", labelled by {sheet.labeller}"
    talk.tell(f"{counted(len(sheet.photos), 'photo')}{so_far}.")
