"""The page for people without a terminal: it lists folders, starts commands, and follows what they write."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp

from leafgraft.data.read.spelling import composed, is_folder_name, one_of, place_key
from leafgraft.errors import LabelsError, LeafgraftError
from leafgraft.languages.editions import editions
from leafgraft.languages.speaking import ENGLISH, LANGUAGES, language_of_browser, speaking
from leafgraft.records.extent import UNTIL
from leafgraft.storage.field_zip import is_zip
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.evidence import HOME
from leafgraft.web.labelling.gate import FRESH, PAGE, SHARED, Gate, PageFiles
from leafgraft.web.limits import Refusal
from leafgraft.web.opening import steps
from leafgraft.web.opening.asked import Asked, is_study, read_asked
from leafgraft.web.opening.children import Children
from leafgraft.web.opening.field import places_of, take_zip
from leafgraft.web.opening.folders import (
    is_readable_study,
    list_folder,
    look_at,
    reading,
    recent_studies,
    to_path,
)
from leafgraft.web.opening.following import Following
from leafgraft.web.opening.overview import overview
from leafgraft.web.opening.steps import Step
from leafgraft.web.phone import STATIC
from leafgraft.web.safeguards import BehindToken, language_of

OPEN = STATIC / "open"
SHARED_TOO = {**SHARED, "style.css": PAGE / "style.css"}
LOOK_S = 0.5  # between two looks at a study
ALIVE = 30  # looks after which the browser is told that the page is still there
# A report of a study folder that came from elsewhere may hold anything: it runs without the rights of this page.
APART = "sandbox allow-scripts allow-downloads allow-popups; frame-ancestors 'none'"


class OpenPage:
    """Answers the browser.

    Args:
        given: What the command named: a folder, a study, or nothing.
        gate: Who may ask and write.
        children: The commands that it starts.
    """

    def __init__(self, given: Path | None, gate: Gate, children: Children) -> None:
        self._given, self._gate, self._children = given, gate, children
        self.stopping = Event()

    def index(self) -> HTMLResponse:
        """The page."""
        return self._gate.page(PageFiles("open", OPEN, ("style", "open")))

    def start(self) -> JSONResponse:
        """What to begin with."""
        given = _plain(self._given) if self._given else None
        study = str(given) if given and is_readable_study(given) else ""
        told = {"study": study, "folder": str(given or Path.home()), "studies": recent_studies()}
        return JSONResponse({**told, "languages": LANGUAGES}, headers=FRESH)

    def folder(self, path: str) -> JSONResponse:
        """Folders in a folder."""
        return JSONResponse(list_folder(path), headers=FRESH)

    def photos(self, path: str) -> JSONResponse:
        """What photos a folder holds."""
        return JSONResponse(look_at(path), headers=FRESH)

    def study(self, request: Request, path: str) -> JSONResponse:
        """What a study holds."""
        with speaking(language_of(request)):
            return JSONResponse(overview(_study(path)), headers=FRESH)

    def events(self, request: Request, path: str, language: str = ENGLISH) -> StreamingResponse:
        """Where a study is, again and again (server-sent events, for which a page can set no header)."""
        following = Following(_study(path), self._children)

        async def stream() -> AsyncIterator[str]:
            before, still = "", 0
            while not self.stopping.is_set() and not await request.is_disconnected():
                with speaking(language_of_browser(language)):
                    now = json.dumps(await run_in_threadpool(following.look))
                still = 0 if now != before else still + 1
                if not still:
                    yield f"data: {now}\n\n"
                elif still % ALIVE == 0:
                    yield ": \n\n"
                before = now
                await asyncio.sleep(LOOK_S)

        return StreamingResponse(stream(), media_type="text/event-stream", headers=FRESH)

    def page(self, name: str, path: str, place: str = "") -> Response:
        """The report of a study, or the page of a place that it was adapted to, in the language of that file name."""
        folder = _study(path)
        english = folder.file(f"adaptation/{_name(folder, place)}/index.html") if place else folder.report
        file = next((one.path for one in editions(english) if one.path.name == name and one.path.is_file()), english)
        if not file.is_file():
            raise Refusal(404, "no page", f"There is no '{file}' yet.")
        return FileResponse(file, headers={**FRESH, "Content-Security-Policy": APART})

    async def do(self, request: Request) -> JSONResponse:
        """Start or stop a command."""
        given, _ = await self._gate.answer(request)
        words = {name: str(given.get(name, "")) for name in ("do", "study", "photos", "preset", "folder", "place")}
        try:
            with speaking(language_of(request)):  # the commands that it starts, too
                return JSONResponse(await run_in_threadpool(self._do, words), headers=FRESH)
        except LeafgraftError as error:
            raise self._gate.unsaved(f"'{words['do']}' could not begin.", error) from error

    def _do(self, given: Mapping[str, str]) -> dict[str, Any]:
        what = given["do"]
        folder = StudyFolder(to_path(given["study"])) if what == "audit" else _study(given["study"])
        asked, place = read_asked(folder), _name(folder, given["place"])
        if what in OPENED_PAGES:
            told = self._children.page(folder, OPENED_PAGES[what](folder, asked, place))
            return {"page": told.get("send_page", told["page"])}  # the former leads a phone to the latter
        if what == "stop":
            self._children.stop(folder)
        elif what == "pick":
            self._pick(folder, place, to_path(given["folder"]))
        elif what == "adapt":
            self._children.start(folder, steps.adapt(folder, place))
        elif what == "audit":
            asked = replace(_of_photos(asked, given["photos"], folder.path), until="audit")
            self._children.start(folder, steps.audit(folder, asked), asked)
        elif what in {"plan", "run"} and asked.photos and given["preset"] in steps.presets_of(asked):
            asked = replace(asked, preset=given["preset"], until=UNTIL[-1])
            make = steps.plan if what == "plan" else steps.run
            self._children.start(folder, make(folder, asked), asked)
        else:
            raise Refusal(422, "unknown", f"'{what}' cannot be done with '{folder.path}'.")
        return {"study": str(folder.path)}

    def _pick(self, folder: StudyFolder, place: str, photos: Path) -> None:
        """Pick from photos; of a zip whose photos were all labelled on the phone there is nothing to pick.

        Raises:
            Refusal: It is no zip of the phone page, or may not be read.
        """
        try:
            with reading(photos):
                if is_zip(photos) and not take_zip(folder, place, photos):
                    return
        except LabelsError as error:
            raise Refusal(422, "no zip", f"{error.asked} {error.found} {error.mend}") from error
        self._children.start(folder, steps.pick(folder, place, photos))


OPENED_PAGES: dict[str, Callable[[StudyFolder, Asked, str], Step]] = {
    "review": lambda folder, asked, _place: steps.review(folder, asked),
    "label": lambda folder, _asked, place: steps.label(folder, place),
    "phone": lambda folder, _asked, place: steps.phone(folder, place),
    "try": lambda folder, _asked, place: steps.try_out(folder, place),
}


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The page as a service.

    Attributes:
        app: Answers below the token.
        token: First part of every path.
        stop: Ends what the browser listens to, so that the service can end.
        close: Ends the pages that it opened; runs go on.
    """

    app: ASGIApp
    token: str
    stop: Callable[[], None]
    close: Callable[[], None]


def open_page(given: Path | None, host: str, say: Callable[[str], None]) -> Opened:
    """Build the page and what it asks.

    Args:
        given: A folder or a study to begin with.
        host: Address that is listened on.
        say: Told of what could not be started.
    """
    children, token = Children(), secrets.token_urlsafe(16)
    gate = Gate(host, say, "page")
    page = OpenPage(given, gate, children)
    gets: dict[str, Callable[..., Any]] = {
        "/": page.index,
        "/start.json": page.start,
        "/folder.json": page.folder,
        "/photos.json": page.photos,
        "/study.json": page.study,
        "/events": page.events,
        "/report/{name}": page.page,
    }
    app = gate.serve("leafgraft open", gets, {"/do": page.do}, OPEN, SHARED_TOO)
    return Opened(BehindToken(app, token), token, page.stopping.set, children.close)


def _study(given: str) -> StudyFolder:
    """The folder of a study.

    Raises:
        Refusal: It is none, or may not be read.
    """
    path = _plain(Path(given))
    with reading(path):
        if not Path(given).is_absolute() or not is_study(path):
            raise Refusal(404, "no study", f"'{given}' is no folder of a study.")
    return StudyFolder(path)


def _plain(path: Path) -> Path:
    """The one name of a folder, by which commands and pages of its study are found again."""
    return Path(os.path.normpath(path.absolute()))


def _of_photos(asked: Asked, given: str, study: Path) -> Asked:
    """What a study was asked for; of a new one, its photos.

    Raises:
        Refusal: It is of other photos than were given.
    """
    if not asked.photos:
        return Asked(_new_photos(given, study))
    if given and to_path(given).resolve() != to_path(asked.photos).resolve():
        mend = "Let the results of these photos go to another folder."
        raise Refusal(409, "other photos", f"'{study}' holds a study of '{asked.photos}', not of '{given}'. {mend}")
    return asked


def _new_photos(given: str, study: Path) -> str:
    """Photos of a new study.

    Raises:
        Refusal: They cannot be used, or the study would lie among them.
    """
    photos: str = look_at(given)["path"]
    if study.is_relative_to(photos):
        raise Refusal(422, "among photos", f"'{study}' lies in the photos' folder, to which nothing is ever written.")
    return photos


def _name(folder: StudyFolder, place: str) -> str:
    """The name of a place as files and folders may have it and `leafgraft adapt` takes it; one there as it is there.

    Raises:
        Refusal: It leads elsewhere, or is that of the study's own photos.
    """
    if place and (not is_folder_name(place) or place_key(place) == HOME):
        raise Refusal(422, "no place", f"A place is a plain name, not '{place}'.")
    adapted = [one.name for one in folder.file("adaptation").glob("*")]
    return one_of([*places_of(folder), *adapted], place) or composed(place)
