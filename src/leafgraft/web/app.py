"""The service: the phone page, and photos answered over HTTP."""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from leafgraft.data.decode.photo import UnreadableError, open_photo
from leafgraft.web.answer import Answer, decline_unreadable, pool_readable
from leafgraft.web.description import BODY, RESPONSES
from leafgraft.web.limits import Limits, Refusal, refuse_photo
from leafgraft.web.metrics import Metrics
from leafgraft.web.phone import STATIC, VENDOR
from leafgraft.web.predictor import Predictor, to_pixels
from leafgraft.web.queue import Queue
from leafgraft.web.safeguards import guard, refused
from leafgraft.web.uploads import SLOW, Body, Upload, each_once, read_uploads

VERSION = version("leafgraft")
DOCS_FILES = {
    "": STATIC / "docs" / "index.html",
    "docs.js": STATIC / "docs" / "docs.js",
    "swagger-ui.css": VENDOR / "swagger" / "swagger-ui.css",
    "swagger-ui-bundle.js": VENDOR / "swagger" / "swagger-ui-bundle.js",
}


class Service:
    """Answers requests with one predictor."""

    def __init__(self, predictor: Predictor, limits: Limits, token: str) -> None:
        self.predictor = predictor
        self.limits = limits
        self.token = token
        self.metrics = Metrics(predictor.index)
        self.queue = Queue(limits)
        self._one_large = Lock()

    async def predict(self, request: Request, *, pool: bool = False) -> Response:
        """Answer the photos of a request: files of a form, or one photo as the body.

        With `pool`, all photos show one plant and get one answer.
        """
        status, start_s = 500, time.perf_counter()
        try:
            response = await self._respond(request, together=pool)
            status = response.status_code
        finally:
            self.metrics.requests.labels(str(status)).inc()
            self.metrics.duration_s.observe(time.perf_counter() - start_s)
        return response

    async def _respond(self, request: Request, *, together: bool) -> Response:
        body = Body(request, self.limits)
        try:
            self._check_token(request)
            with self.queue.place(), self.metrics.under_way.track_inprogress():
                uploads = await read_uploads(request, body, self.limits)
                answers = await self._answer(each_once(uploads) if together else uploads)
        except Refusal as refusal:
            if refusal.code != SLOW:
                await body.discard()
            return refused(refusal)
        self.metrics.count(answers)
        said = [pool_readable(answers, self.predictor.index)] if together else answers
        return JSONResponse([one.to_json() for one in said])

    async def _answer(self, uploads: list[Upload]) -> list[Answer]:
        tasks: list[Callable[[], Answer | Refusal]] = [partial(self._answer_one, upload) for upload in uploads]
        found = await self.queue.work(tasks)
        refusals = [one for one in found if isinstance(one, Refusal)]
        if len(refusals) == len(found):
            raise refusals[0]
        return [
            decline_unreadable(upload.name, one.reason, self.predictor.index.identity)
            if isinstance(one, Refusal)
            else one
            for upload, one in zip(uploads, found, strict=True)
        ]

    def _answer_one(self, upload: Upload) -> Answer | Refusal:
        try:
            with open_photo(upload.content) as image:
                is_large = image.width * image.height > self.limits.large_pixels
            with self._one_large if is_large else nullcontext():
                pixels = to_pixels(upload.content, self.limits.pixels)
                return self.predictor.predict(pixels, name=upload.name)
        except UnreadableError as error:
            return refuse_photo(error)
        except MemoryError:
            raise Refusal(503, "full memory", "The memory of the service is full. Try again, with less.", 1) from None

    def health(self) -> dict[str, str]:
        """Say that the service lives, and what answers."""
        index = self.predictor.index
        return {
            "status": "ok",
            "study": index.study,
            "trial": index.trial,
            "bundle": index.identity,
            "leafgraft": VERSION,
        }

    def count(self, request: Request) -> Response:
        """Give all counters in Prometheus's text form."""
        try:
            self._check_token(request)
        except Refusal as refusal:
            return refused(refusal)
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if self.token and not hmac.compare_digest(given.encode("latin-1"), f"Bearer {self.token}".encode()):
            raise Refusal(401, "no token", "This service wants the header 'Authorization: Bearer TOKEN'.")


def create_app(
    predictor: Predictor,
    page: Path,
    limits: Limits | None = None,
    token: str = "",
    *,
    allow_origins: Sequence[str] = (),
) -> ASGIApp:
    """Build the service.

    Args:
        predictor: Answers the photos.
        page: Folder of the phone page.
        limits: What it takes.
        token: What clients must show; empty: nothing.
        allow_origins: Web pages of other addresses that browsers let read the answers, as `https://example.org`; `*`
            for any.
    """
    service = Service(predictor, limits or Limits(), token)

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.queue.close()

    about = f"Answers photos with the study '{predictor.index.study}', trial {predictor.index.trial}."
    app = FastAPI(title="leafgraft", version=VERSION, description=about, docs_url=None, redoc_url=None, lifespan=live)
    app.add_api_route("/v1/predict", service.predict, methods=["POST"], openapi_extra=BODY, responses=RESPONSES)
    app.add_api_route("/healthz", service.health)
    app.add_api_route("/metrics", service.count, response_class=Response)
    app.add_api_route("/docs/{name}", _docs, include_in_schema=False)
    app.add_api_route("/docs", _to_docs, include_in_schema=False)
    app.add_api_route("/docs/", partial(_docs, ""), include_in_schema=False)
    app.mount("/", StaticFiles(directory=page, html=True))
    guarded = guard(app)
    if not allow_origins:
        return guarded
    return CORSMiddleware(
        guarded,
        allow_origins=allow_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Retry-After", "WWW-Authenticate"],
    )


def _to_docs() -> RedirectResponse:
    return RedirectResponse("docs/")


def _docs(name: str) -> FileResponse:
    if name not in DOCS_FILES:
        raise HTTPException(404)
    return FileResponse(DOCS_FILES[name])
