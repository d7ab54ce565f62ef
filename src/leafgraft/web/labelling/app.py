"""The label page: photos by number, and answers that are on the disk before the next photo shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from leafgraft.errors import LeafgraftError
from leafgraft.languages.speaking import LANGUAGES
from leafgraft.records.display import name_meant
from leafgraft.records.field_labels import CANNOT_TELL, NONE_OF_THESE, PhotoToLabel
from leafgraft.web.labelling.answers import Answers
from leafgraft.web.labelling.answers_file import AnsweredElsewhereError
from leafgraft.web.labelling.gate import FRESH, Gate, PageFiles, identity_of
from leafgraft.web.limits import Refusal


class LabelPage:
    """Answers the browser.

    Args:
        answers: What was said so far, and where it goes.
        gate: Who may ask and write.
    """

    def __init__(self, answers: Answers, gate: Gate) -> None:
        self._answers, self._sheet, self._gate = answers, answers.sheet, gate

    def index(self) -> HTMLResponse:
        """The page."""
        return self._gate.page(PageFiles("label"))

    def sheet(self) -> JSONResponse:
        """All photos with what was said of them."""
        said = self._gate.reading("labels", self._answers.read)
        photos = [
            {
                "path": photo.path,
                "source": f"photos/{number}?of={identity_of(photo.file)}",
                "suggested": photo.suggested,
                "probability": photo.probability,
                "label": name_meant(said[number].label, self._sheet.answers) if number in said else "",
                "note": said[number].note if number in said else "",
            }
            for number, photo in enumerate(self._sheet.photos)
        ]
        told = {"classes": self._sheet.classes, "none": NONE_OF_THESE, "unclear": CANNOT_TELL, "languages": LANGUAGES}
        about = {"labeller": self._sheet.labeller, "labels": str(self._sheet.labels), "command": self._sheet.command}
        return JSONResponse({**told, **about, "photos": photos}, headers=FRESH)

    def photo(self, number: int) -> Response:
        """One photo as a JPEG; its address changes with the file, so that browsers may keep it."""
        photo = self._named(number)
        return self._gate.photo(photo.file, photo.path)

    async def save(self, request: Request, number: int) -> JSONResponse:
        """Keep one answer; it is said to be kept only when it is on the disk."""
        given, note = await self._gate.answer(request)
        photo, label = self._named(number), given.get("label")
        was = given["was"] if isinstance(given.get("was"), str) else None
        if label not in self._sheet.answers:
            raise Refusal(422, "unknown label", f"A label is one of: {', '.join(self._sheet.answers)}.")
        try:
            kept = await run_in_threadpool(self._answers.save, number, label, note, was)
        except AnsweredElsewhereError as error:
            raise Refusal(409, "answered elsewhere", f"{error.found} {error.mend}") from error
        except LeafgraftError as error:
            raise self._gate.unsaved(f"The answer to '{photo.path}' was not saved.", error) from error
        return JSONResponse({"label": kept.label, "note": kept.note, "time": kept.time})

    def _named(self, number: int) -> PhotoToLabel:
        if not 0 <= number < len(self._sheet.photos):
            raise Refusal(404, "no such photo", f"There are photos 0 to {len(self._sheet.photos) - 1}.")
        return self._sheet.photos[number]


def create_label_app(answers: Answers, host: str, say: Callable[[str], None]) -> ASGIApp:
    """Build the page and what it asks.

    Args:
        answers: What was said so far, and where it goes.
        host: Address that is listened on.
        say: Told of every answer that cannot be kept.
    """
    gate = Gate(host, say)
    page = LabelPage(answers, gate)
    gets: dict[str, Callable[..., Any]] = {"/": page.index, "/sheet.json": page.sheet, "/photos/{number}": page.photo}
    return gate.serve("leafgraft label", gets, {"/labels/{number}": page.save})
