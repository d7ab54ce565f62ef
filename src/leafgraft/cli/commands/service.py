"""The commands that use a bundle: predict and serve."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.markup import escape

from leafgraft.cli.console import Bars
from leafgraft.cli.delivering import TOKEN_VARIABLE, deliver
from leafgraft.cli.listening import OWN_HOST, address_of, answer_until_stopped, check_origin, is_open, listen
from leafgraft.cli.streams import answer, talk, tell_address
from leafgraft.errors import UsageError
from leafgraft.languages.speaking import said
from leafgraft.records.display import counted
from leafgraft.records.photo import passed_over_in_words
from leafgraft.records.progress import Progress, Silent

if TYPE_CHECKING:
    from leafgraft.web.answer import Answer
    from leafgraft.web.photos import NamedPhoto, NamedPhotos
    from leafgraft.web.predictor import Predictor

UNREADABLE_PHOTOS = 3
_STYLE = {True: "green", None: "yellow", False: "red"}  # by whether an answer may be acted on
TABLE = ("path", "answer", "declined", "set", "distance")
AllowedOrigins = Annotated[
    list[str] | None,
    typer.Option(metavar="ORIGIN", help="Let a web page of another address read answers; may repeat, * for any."),
]
BundlePath = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="A bundle, a model in one, or a study folder that has one.")
]


def _named_folder(given: str) -> Path:
    """A folder that is named, there or not."""
    if Path(given).exists() and not Path(given).is_dir():
        raise UsageError("--heatmap must name a folder.", f"'{given}' is a file.", "Name a new folder.")
    return Path(given)


def predict(
    bundle: BundlePath,
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO|FOLDER...", help="Photos; folders with all below.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Also write a table here.")] = None,
    heatmap: Annotated[
        Path | None, typer.Option(metavar="DIR", parser=_named_folder, help="Draw where the evidence lies.")
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="All photos show one plant: one answer.")] = False,
    place: Annotated[str, typer.Option(metavar="NAME", help="Where they were taken, if it was tested there.")] = "",
) -> None:
    """Answer photos from a bundle.

    A class with its probability, or "not sure", or "not a leaf I know".
    """
    from leafgraft.web.evidence import at_place
    from leafgraft.web.photos import printable
    from leafgraft.web.predictor import load_bundle

    if csv_file:
        _check_table(csv_file)
    listed = _listed(photos, heatmap)
    named = _each_once(listed.photos) if pool else listed.photos
    predictor = load_bundle(bundle, threads=0 if len(named) == 1 else 1)
    if place:
        predictor.index = at_place(predictor.index, place)
    unreadable: list[Answer] = []
    with ExitStack() as opened:
        shows = answer.is_terminal and not pool  # answers on the terminal show how far it is
        answers = _answers(predictor, named, heatmap, Silent() if shows else Bars())
        answers = _kept(answers, unreadable)
        if pool:
            answers = _pooled(answers, predictor)
        if csv_file:
            answers = _written(answers, csv_file, predictor, opened)
        if as_json:
            _print_json(answers)
        else:
            _print_table(answers)
    if heatmap:
        talk.tell(f"Heat maps are in '{printable(heatmap)}', each below the path of its photo.")
    unread = [*listed.unlisted, *((one.path, one.reason) for one in unreadable)]
    for path, reason in unread:
        talk.print(f"[yellow]Unreadable:[/] {escape(printable(path))}: {escape(said(reason))}", soft_wrap=True)
    if unread:
        raise typer.Exit(UNREADABLE_PHOTOS)


def _listed(photos: list[Path], heatmap: Path | None) -> NamedPhotos:
    """The photos that are meant, and a line of what is passed over beside them."""
    from leafgraft.web.heatmap import check_heatmaps
    from leafgraft.web.photos import list_photos, printable

    listed = list_photos(photos, heatmap)
    if listed.passed_over:
        talk.tell(f"{printable(passed_over_in_words(listed.passed_over))}.")
    if heatmap:
        check_heatmaps(heatmap, listed.photos)
    return listed


def _each_once(photos: list[NamedPhoto]) -> list[NamedPhoto]:
    """Each photo once: in a pool, one that was named twice, or has a copy, would count as two."""
    from leafgraft.web.photos import each_once

    found = each_once(photos)
    if more := len(photos) - len(found):
        talk.tell(f"Named more than once, or copies of others, and counted once: {counted(more, 'photo')}.")
    return found


def _answers(
    predictor: Predictor, named: list[NamedPhoto], heatmap: Path | None, progress: Progress
) -> Iterator[Answer]:
    """Answer photo after photo, drawing heat maps on the way."""
    from dataclasses import replace

    from leafgraft.data.read.folder_tree import written

    with progress.task("Photos", len(named)) as advance:
        found = predictor.predict_many((one.path for one in named), heatmap=heatmap is not None)
        for one, photo in zip(found, named, strict=True):
            drawn = _draw(heatmap, photo, one) if heatmap else one
            advance(1)
            yield replace(drawn, path=written(photo.path), activation_map=None)


def _draw(folder: Path, photo: NamedPhoto, found: Answer) -> Answer:
    """Draw the heat map of a photo, and say into which file; none of a photo that cannot be read, or no longer."""
    from dataclasses import replace

    from leafgraft.data.decode.photo import UnreadableError, read_photo_file
    from leafgraft.data.read.folder_tree import written
    from leafgraft.records.digest import photo_id_of
    from leafgraft.storage.files.atomic import write_bytes
    from leafgraft.web.answer import decline_unreadable
    from leafgraft.web.heatmap import draw_heatmap, heatmap_path
    from leafgraft.web.predictor import to_pixels

    if found.activation_map is None:
        return found
    try:
        content = read_photo_file(photo.path)
        pixels = to_pixels(content)
    except UnreadableError as error:
        return decline_unreadable(found.path, str(error), found.bundle)
    target = heatmap_path(folder, photo)
    write_bytes(target, draw_heatmap(pixels, found.activation_map, photo_id_of(content)))
    return replace(found, heatmap=written(target))


def _kept(answers: Iterator[Answer], unreadable: list[Answer]) -> Iterator[Answer]:
    for one in answers:
        if one.declined == "unreadable":
            unreadable.append(one)
        yield one


def _pooled(answers: Iterator[Answer], predictor: Predictor) -> Iterator[Answer]:
    from leafgraft.web.answer import pool_readable

    yield pool_readable(list(answers), predictor.index)


def _check_table(path: Path) -> None:
    """Refuse to write a table over a folder or a photo: `--csv *.jpg` names the first photo as the table."""
    from leafgraft.data.decode.photo import UnreadableError, open_photo, read_photo_file
    from leafgraft.storage.files.atomic import check_replaceable

    if path.is_dir():
        raise UsageError("--csv must name a file.", f"'{path}' is a folder.", "Name a file in it.")
    with suppress(UnreadableError), open_photo(read_photo_file(path)):
        mend = "Name the table directly after --csv, as --csv answers.csv."
        raise UsageError("--csv must name a table.", f"'{path}' is a photo, which the table would replace.", mend)
    check_replaceable(path, ",".join(TABLE))


def _written(answers: Iterator[Answer], path: Path, predictor: Predictor, opened: ExitStack) -> Iterator[Answer]:
    """Write each answer as a row of a CSV file on its way through."""
    import io

    from leafgraft.storage.files.atomic import atomic_file

    file = io.TextIOWrapper(opened.enter_context(atomic_file(path)), encoding="utf-8-sig", newline="")
    opened.callback(file.detach)
    rows = csv.writer(file)
    names = predictor.index.classes
    rows.writerow([*TABLE, *names, "bundle", "act", "evidence"])
    for one in answers:
        shares = ["" if one.declined else one.probabilities[name] for name in names]
        cells = [_cell(one.path), one.answer, one.declined, "|".join(one.set), one.distance, *shares, _cell(one.bundle)]
        act = {True: "yes", False: "no", None: "unknown"}[one.evidence.act] if one.evidence else ""
        rows.writerow([*cells, act, one.evidence.words if one.evidence else ""])
        yield one
    file.flush()


def _cell(text: str) -> str:
    """Keep a spreadsheet from reading a file name as a formula."""
    return f"./{text}" if text.startswith(("=", "+", "-", "@")) else text


def _print_json(answers: Iterator[Answer]) -> None:
    """Print one JSON list, item by item: a large folder is never held whole."""
    from leafgraft.storage.files.atomic import to_json

    start = "["
    for one in answers:
        sys.stdout.write(start + "\n" + to_json(one.to_json()))
        start = ","
    sys.stdout.write("\n]\n")
    sys.stdout.flush()  # a full disk is told now, not when Python ends


def _print_table(answers: Iterator[Answer]) -> None:
    for one in answers:
        answer.print(_line(one), soft_wrap=True)
        if one.evidence:
            answer.print(f"  [{_STYLE[one.evidence.act]}]{escape(one.evidence.figures)}[/]", soft_wrap=True)


def _line(one: Answer) -> str:
    from leafgraft.web.photos import printable

    word = one.answer or said(one.declined or "")
    answered = f"[bold green]{escape(word)}[/]" if one.answer else f"[yellow]{word}[/]"
    gap = " " * (20 - cell_len(word))
    share = f"{one.probabilities[one.answer]:7.1%}" if one.answer else " " * 7
    ends = one.interval if one.answer else None
    span = f" ({said(f'{ends[0]:.1%} to {ends[1]:.1%}')})" if ends else ""
    others = "  " + said(f"may be: {', '.join(one.may_be)}") if one.may_be else ""
    warned = one.evidence.warning if one.evidence else ""
    warning = f"[bold {_STYLE[one.evidence.act]}]{said(warned)}:[/] " if one.evidence and warned else ""
    path = said(one.path) if one.pooled else printable(one.path)  # a pool is called by its number of photos
    return f"{warning}{answered}{gap} {share}{span}  {escape(path)}{escape(others)}"


def serve(
    bundle: BundlePath,
    host: Annotated[
        str, typer.Option(show_default=OWN_HOST, help="Address to listen on; 0.0.0.0 opens it to the network.")
    ] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    token: Annotated[str, typer.Option(envvar=TOKEN_VARIABLE, help="What clients of /v1/predict must show.")] = "",
    allow_origin: AllowedOrigins = None,
    phone: Annotated[
        bool, typer.Option("--phone", help="Instead: bring the page onto a phone in the same network, by https.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON on stdout.")] = False,
) -> None:
    """Host the phone page and POST /v1/predict, on 127.0.0.1."""
    from tempfile import TemporaryDirectory

    if phone:
        if allow_origin:
            raise UsageError("--phone only delivers the page.", "--allow-origin was given, too.", "Leave it out.")
        deliver(bundle, host, port, token, as_json=as_json)
        return
    host = host or OWN_HOST

    from leafgraft.web.app import create_app
    from leafgraft.web.bundle import read_bundle
    from leafgraft.web.phone import write_page
    from leafgraft.web.predictor import Predictor

    origins = [check_origin(one) for one in allow_origin or ()]
    read = read_bundle(bundle)
    predictor = Predictor(read, threads=1)
    with listen(host, port) as listening, TemporaryDirectory(prefix="leafgraft-") as scratch:
        page = write_page(read, Path(scratch) / "phone")
        app = create_app(predictor, page, token=token, allow_origins=origins)
        _say_where(host, listening.getsockname()[1], with_token=bool(token), as_json=as_json)
        answer_until_stopped(app, listening)
    talk.print("Stopped.")


def _say_where(host: str, port: int, *, with_token: bool, as_json: bool) -> None:
    address = address_of(host, port)
    if as_json:
        typer.echo(json.dumps({"page": address, "predict": f"{address}v1/predict"}))
    tell_address(f"Phone page   {address}", as_json=as_json)
    talk.print(f"Service      POST {escape(address)}v1/predict, described at {escape(address)}docs/", soft_wrap=True)
    talk.print("Stop with Ctrl+C.")
    if is_open(host):
        words = (
            "clients must show the token" if with_token else "anyone who reaches this address can use it (see --token)"
        )
        talk.print(f"[bold yellow]Warning:[/] The service is open to the network: {words}, and nothing is encrypted.")
