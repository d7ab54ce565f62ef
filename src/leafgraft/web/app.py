"""The service: the phone page, and photos answered over HTTP."""

from __future__ import annotations

import hmac
import mimetypes
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from leafgraft.data.decode import UnreadableError
from leafgraft.web.answer import UNREADABLE, Answer, decline_unreadable, pool
from leafgraft.web.limits import Limits, Refusal, refuse_photo
from leafgraft.web.metrics import Metrics
from leafgraft.web.phone import STATIC, VENDOR
from leafgraft.web.predictor import Predictor, to_pixels
from leafgraft.web.queue import Queue
from leafgraft.web.uploads import Upload, read_uploads

PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)
VERSION = version("leafgraft")
DOCS_FILES = {
    "": STATIC / "docs" / "index.html",
    "docs.js": STATIC / "docs" / "docs.js",
    "swagger-ui.css": VENDOR / "swagger" / "swagger-ui.css",
    "swagger-ui-bundle.js": VENDOR / "swagger" / "swagger-ui-bundle.js",
}
for _suffix, _kind in (
    (".mjs", "text/javascript"),
    (".wasm", "application/wasm"),
    (".webmanifest", "application/json"),
):
    mimetypes.add_type(_kind, _suffix)


class AnswerBody(BaseModel):
    """What is said of one photo; the same keys as `leafgraft predict --json`."""

    path: str
    answer: str | None
    declined: str | None
    probabilities: dict[str, float]
    set: list[str]
    distance: float | None


class RefusalBody(BaseModel):
    """Why a request was not answered."""

    error: str
    reason: str


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photos"],
                    "properties": {"photos": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
            "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
STATUSES = {
    401: "The token is missing or wrong",
    413: "Too many bytes, pixels or photos",
    415: "Not a photo",
    422: "No photo, or a damaged one",
    503: "Too busy or too slow",
}


class Service:
    """Answers requests with one predictor."""

    def __init__(self, predictor: Predictor, limits: Limits, token: str) -> None:
        self.predictor = predictor
        self.limits = limits
        self.token = token
        self.metrics = Metrics(predictor.index)
        self.queue = Queue(limits)

    async def predict(self, request: Request, *, pool: bool = False) -> Response:
        """Answer the photos of a request: files of a form, or one photo as the body.

        With `pool`, all photos show one plant and get one answer.
        """
        start_s = time.perf_counter()
        try:
            self._check_token(request)
            with self.queue.place(), self.metrics.under_way.track_inprogress():
                uploads = await read_uploads(request, self.limits)
                answers = await self._answer(uploads)
            self.metrics.count(answers)
            said = [_pool(answers, self.predictor)] if pool else answers
            response = JSONResponse([one.to_json() for one in said])
        except Refusal as refusal:
            response = refused(refusal)
        self.metrics.requests.labels(str(response.status_code)).inc()
        self.metrics.duration_s.observe(time.perf_counter() - start_s)
        return response

    async def _answer(self, uploads: list[Upload]) -> list[Answer]:
        tasks: list[Callable[[], Answer | Refusal]] = [partial(self._answer_one, upload) for upload in uploads]
        found = await self.queue.work(tasks)
        refusals = [one for one in found if isinstance(one, Refusal)]
        if len(refusals) == len(found):
            raise refusals[0]
        return [
            decline_unreadable(upload.name, one.reason) if isinstance(one, Refusal) else one
            for upload, one in zip(uploads, found, strict=True)
        ]

    def _answer_one(self, upload: Upload) -> Answer | Refusal:
        try:
            pixels = to_pixels(upload.content, self.limits.pixels)
        except UnreadableError as error:
            return refuse_photo(error)
        return self.predictor.predict(pixels, name=upload.name)

    def health(self) -> dict[str, str]:
        """Say that the service lives, and what answers."""
        index = self.predictor.index
        return {"status": "ok", "study": index.study, "trial": index.trial, "leafgraft": VERSION}

    def count(self, request: Request) -> Response:
        """Give all counters in Prometheus's text form."""
        try:
            self._check_token(request)
        except Refusal as refusal:
            return refused(refusal)
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if self.token and not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Refusal(401, "no token", "This service wants the header 'Authorization: Bearer TOKEN'.")


def _pool(answers: list[Answer], predictor: Predictor) -> Answer:
    readable = sum(one.declined != UNREADABLE for one in answers)
    return pool(f"{readable} photos", answers, predictor.index)


def refused(refusal: Refusal) -> JSONResponse:
    """Answer that says no."""
    return JSONResponse(refusal.to_json(), refusal.status, refusal.headers())


def create_app(predictor: Predictor, page: Path, limits: Limits | None = None, token: str = "") -> FastAPI:
    """Build the service.

    Args:
        predictor: Answers the photos.
        page: Folder of the phone page.
        limits: What it takes.
        token: What clients must show; empty: nothing.
    """
    service = Service(predictor, limits or Limits(), token)

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.queue.close()

    about = f"Answers photos with the study '{predictor.index.study}', trial {predictor.index.trial}."
    app = FastAPI(title="leafgraft", version=VERSION, description=about, docs_url=None, redoc_url=None, lifespan=live)
    statuses: dict[int | str, dict[str, Any]] = {
        status: {"model": RefusalBody, "description": words} for status, words in STATUSES.items()
    }
    success: dict[int | str, dict[str, Any]] = {200: {"model": list[AnswerBody]}}
    app.add_api_route(
        "/v1/predict", service.predict, methods=["POST"], openapi_extra=BODY, responses={**success, **statuses}
    )
    app.add_api_route("/healthz", service.health)
    app.add_api_route("/metrics", service.count, response_class=Response)
    app.add_api_route("/docs/{name}", _docs, include_in_schema=False)
    app.add_api_route("/docs", _to_docs, include_in_schema=False)
    app.add_api_route("/docs/", partial(_docs, ""), include_in_schema=False)
    app.add_exception_handler(HTTPException, _explain)
    app.add_exception_handler(Exception, _explain)
    app.middleware("http")(_guard)
    app.mount("/", StaticFiles(directory=page, html=True))
    return app


def _to_docs() -> RedirectResponse:
    return RedirectResponse("docs/")


def _docs(name: str) -> FileResponse:
    if name not in DOCS_FILES:
        raise HTTPException(404)
    return FileResponse(DOCS_FILES[name])


async def _explain(_request: Request, error: Exception) -> Response:
    """Say no in JSON; of an error of our own, no detail leaves the machine."""
    if isinstance(error, HTTPException):
        return refused(Refusal(error.status_code, "refused", str(error.detail)))
    return refused(Refusal(500, "failed", "The service met a case that it does not know; its log says more."))


async def _guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Give every answer the policies that keep photos where they are."""
    response = await call_next(request)
    docs = request.url.path.startswith("/docs/")
    response.headers["Content-Security-Policy"] = DOCS_POLICY if docs else PAGE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
