"""What the service's own description (OpenAPI) says of POST /v1/predict."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class EvidenceBody(BaseModel):
    """How often such answers were right, on photos of which place."""

    place: str
    share: float
    interval: list[float]
    """95% interval of the share."""
    photos: int
    declined_too: bool
    """Every photo was counted, also those that are declined."""
    act: bool | None
    """Whether answers may be acted on; null: never tested outdoors, or no photo of this class was there."""
    untested: list[str]
    """The answer's class, if no photo of it from that place was labelled."""
    outdoors: bool
    """Whether the bundle was tested outside of home."""
    right_of_ten: int
    right_of_ten_bound: Literal["", "more than", "fewer than"]
    """What stands before it: never 10 of 10 where some were wrong, nor 0 of 10 where some were right."""
    out_of: int
    """What the number is out of: 10, or the photos where there were fewer."""
    words: str


class AnswerBody(BaseModel):
    """What is said of one photo; the same keys as `leafgraft predict --json`."""

    path: str
    answer: str | None
    declined: str | None
    probabilities: dict[str, float]
    set: list[str]
    distance: float | None
    bundle: str
    """Which bundle answered: study, trial and a hash."""
    evidence: EvidenceBody | None
    """Null for a declined photo, and of a bundle that does not say."""
    reason: str = ""
    """Why the photo is unreadable."""
    interval: list[float] | None = None
    """Of a pool: 95% interval of the likeliest class's probability."""
    photos: list[AnswerBody] = []
    """Of a pool: what is said of each photo."""


class RefusalBody(BaseModel):
    """Why a request was not answered."""

    error: str
    reason: str


_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["photos"],
    "properties": {"photos": {"type": "array", "items": _FILE}},
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}, "image/jpeg": {"schema": _FILE}},
    }
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": list[AnswerBody]},
    401: {"model": RefusalBody, "description": "The token is missing or wrong"},
    413: {"model": RefusalBody, "description": "Too many bytes, pixels or photos"},
    415: {"model": RefusalBody, "description": "Not a photo"},
    422: {"model": RefusalBody, "description": "No photo, or a damaged one"},
    503: {"model": RefusalBody, "description": "Too busy or too slow, or the memory is full"},
}
