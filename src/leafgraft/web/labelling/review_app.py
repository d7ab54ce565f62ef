"""The review page: what is suspected of photos, one by one, and corrections that are on the disk before the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from leafgraft.errors import LeafgraftError
from leafgraft.languages.speaking import LANGUAGES
from leafgraft.records.correction import Correction
from leafgraft.records.review import ReviewItem
from leafgraft.web.labelling.answers_file import AnsweredElsewhereError
from leafgraft.web.labelling.gate import FRESH, Gate, PageFiles, identity_of
from leafgraft.web.labelling.reviewed import Reviewed
from leafgraft.web.limits import Refusal


class ReviewPage:
    """Answers the browser.

    Args:
        reviewed: What was said so far, and where it goes.
        gate: Who may ask and write.
    """

    def __init__(self, reviewed: Reviewed, gate: Gate) -> None:
        self._reviewed, self._sheet, self._gate = reviewed, reviewed.sheet, gate

    def index(self) -> HTMLResponse:
        """The page."""
        return self._gate.page(PageFiles("review"))

    def sheet(self) -> JSONResponse:
        """All items with what was said of them."""
        said = self._gate.reading("corrections", self._reviewed.read)
        photos = [_to_json(number, item, said.get(number)) for number, item in enumerate(self._sheet.items)]
        about = {"corrections": str(self._sheet.corrections), "command": self._sheet.command, "languages": LANGUAGES}
        return JSONResponse({**about, "classes": self._sheet.classes, "photos": photos}, headers=FRESH)

    def summary(self) -> JSONResponse:
        """How much was corrected."""
        return JSONResponse(self._gate.reading("corrections", self._reviewed.summary), headers=FRESH)

    def photo(self, number: int, place: int) -> Response:
        """One photo of an item as a JPEG."""
        photos = self._named(number).photos
        if not 0 <= place < len(photos):
            raise Refusal(404, "no such photo", f"There are photos 0 to {len(photos) - 1}.")
        return self._gate.photo(photos[place].file, photos[place].path)

    async def save(self, request: Request, number: int) -> JSONResponse:
        """Keep one answer; it is said to be kept only when it is on the disk."""
        given, note = await self._gate.answer(request)
        item, choice, was = self._named(number), given.get("choice"), given.get("was")
        if type(choice) is not int or not 0 <= choice < len(item.choices):
            raise Refusal(422, "unknown choice", f"A choice is a number from 0 to {len(item.choices) - 1}.")
        known = was if type(was) is int and was < len(item.choices) else None
        try:
            kept = await run_in_threadpool(self._reviewed.save, number, choice, note, known)
        except AnsweredElsewhereError as error:
            raise Refusal(409, "answered elsewhere", f"{error.found} {error.mend}") from error
        except LeafgraftError as error:
            raise self._gate.unsaved(f"The answer to '{item.photos[0].path}' was not saved.", error) from error
        return JSONResponse(_answer_to_json(item, kept))

    def _named(self, number: int) -> ReviewItem:
        if not 0 <= number < len(self._sheet.items):
            raise Refusal(404, "no such item", f"There are items 0 to {len(self._sheet.items) - 1}.")
        return self._sheet.items[number]


def create_review_app(reviewed: Reviewed, host: str, say: Callable[[str], None]) -> ASGIApp:
    """Build the page and what it asks.

    Args:
        reviewed: What was said so far, and where it goes.
        host: Address that is listened on.
        say: Told of every answer that cannot be kept.
    """
    gate = Gate(host, say)
    page = ReviewPage(reviewed, gate)
    gets: dict[str, Callable[..., Any]] = {
        "/": page.index,
        "/sheet.json": page.sheet,
        "/summary.json": page.summary,
        "/photos/{number}/{place}": page.photo,
    }
    return gate.serve("leafgraft label", gets, {"/corrections/{number}": page.save})


def _to_json(number: int, item: ReviewItem, said: Correction | None) -> dict[str, Any]:
    paths = [photo.path for photo in item.photos]
    return {
        "photos": [
            {
                "path": photo.path,
                "label": photo.label,
                "tested": photo.tested,
                "source": f"photos/{number}/{place}?of={identity_of(photo.file)}",
            }
            for place, photo in enumerate(item.photos)
        ],
        "reasons": [{"code": one.code, "name": one.name, "share": one.share} for one in item.reasons],
        "choices": [{"action": one.action, "label": one.label, "photo": paths.index(one.path)} for one in item.choices],
        **_answer_to_json(item, said),
    }


def _answer_to_json(item: ReviewItem, said: Correction | None) -> dict[str, Any]:
    if said is None:
        return {"choice": None, "note": "", "by": ""}
    choice = next(place for place, one in enumerate(item.choices) if one.said == said.said)
    return {"choice": choice, "note": said.note, "by": said.labeller}
