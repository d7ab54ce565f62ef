"""The service: answers, limits, and words instead of stack traces."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_photos import NOISE, UNREADABLE, encode, odd_but_red
from starlette.requests import Request

from leafgraft.errors import BundleError
from leafgraft.web import app, phone
from leafgraft.web.answer import Answer
from leafgraft.web.app import create_app
from leafgraft.web.evidence import Evidence
from leafgraft.web.limits import Limits, Refusal
from leafgraft.web.predictor import Predictor, load_bundle
from leafgraft.web.uploads import Body, read_uploads


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> Predictor:
    return load_bundle(bundle, threads=1)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<title>page</title>", encoding="utf-8")
    return folder


def connect(predictor: Predictor, page: Path, token: str = "", origins: tuple[str, ...] = (), **limits: Any) -> Any:
    from starlette.testclient import TestClient

    service = create_app(predictor, page, Limits(**limits), token, allow_origins=origins)
    return TestClient(service, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(predictor: Predictor, page: Path) -> Iterator[Any]:
    with connect(predictor, page) as connected:
        yield connected


def post(client: Any, *photos: bytes | Path, **settings: Any) -> Any:
    contents = [one if isinstance(one, bytes) else one.read_bytes() for one in photos]
    files = [("photos", (f"{place}.jpg", content, "image/jpeg")) for place, content in enumerate(contents)]
    return client.post("/v1/predict", files=files, **settings)


def test_one_and_many_photos_as_predict_answers_them(client: Any, predictor: Predictor, photos: Path) -> None:
    names = ["red.jpg", "mixed.png", "white.jpg"]
    answer = post(client, *[photos / name for name in names])
    assert answer.status_code == 200
    for said, name in zip(answer.json(), names, strict=True):
        expected = predictor.predict(photos / name).to_json()
        assert {**said, "path": ""} == {**expected, "path": ""}
    raw = client.post("/v1/predict", content=(photos / "red.jpg").read_bytes(), headers={"Content-Type": "image/jpeg"})
    assert raw.json()[0]["answer"] == "Early_Blight"


def test_pool(client: Any, photos: Path) -> None:
    named = (photos / "red.jpg", photos / "mixed.png")
    [said] = post(client, *named, params={"pool": True}).json()
    assert post(client, *named, photos / "red.jpg", params={"pool": True}).json() == [said], "a copy counts once"
    assert len(post(client, *named, photos / "red.jpg").json()) == 3
    assert said["answer"] == "Early_Blight"
    assert len(said["photos"]) == 2


STATUS = {"empty.jpg": 422, "document.jpg": 415, "drawing.png": 415, "huge.png": 413, "truncated.jpg": 422}


@pytest.mark.parametrize("name", UNREADABLE)
def test_bad_photos_get_a_status_and_a_reason(client: Any, name: str) -> None:
    answer = post(client, UNREADABLE[name])
    assert answer.status_code == STATUS[name]
    assert len(answer.json()["reason"]) > 20
    assert client.get("/healthz").json()["status"] == "ok"


def test_a_bad_photo_among_good_ones_is_declined_alone(client: Any, photos: Path) -> None:
    said = post(client, photos / "red.jpg", UNREADABLE["document.jpg"]).json()
    assert [one["declined"] for one in said] == [None, "unreadable"]


@pytest.mark.parametrize("name", odd_but_red())
def test_odd_photos_are_answered(client: Any, name: str) -> None:
    [said] = post(client, odd_but_red()[name]).json()
    assert max(said["probabilities"], key=said["probabilities"].get) == "Early_Blight"


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>alert(1)</script>.jpg", "잎 🍃.jpg", "a" * 3000])
def test_hostile_file_names_come_back_as_text(client: Any, photos: Path, name: str) -> None:
    answer = client.post("/v1/predict", files={"photos": (name, (photos / "red.jpg").read_bytes(), "image/jpeg")})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()[0]["answer"] == "Early_Blight"


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({}, 422, "no photo"),
        ({"content": b"photo"}, 415, "wrong type"),
        ({"content": b"%PDF-1.7", "headers": {"Content-Type": "application/pdf"}}, 415, "wrong type"),
        ({"json": {"photo": "red.jpg"}}, 415, "wrong type"),
        ({"data": {"photos": "red.jpg"}}, 415, "wrong type"),
        ({"files": {"photos": ("", b"")}}, 422, "no photo"),
        ({"files": {"photos": (None, "red.jpg")}}, 422, "no photo"),
        ({"content": b"", "headers": {"Content-Type": "image/jpeg"}}, 422, "no photo"),
        (
            {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            422,
            "no photo",
        ),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 422, "broken form"),
        ({"params": {"pool": "perhaps"}}, 422, "wrong value"),
    ],
)
def test_posts_without_a_photo(client: Any, settings: dict[str, Any], status: int, code: str) -> None:
    answer = client.post("/v1/predict", **settings)
    assert (answer.status_code, answer.json()["error"]) in {(status, code), (422, "broken form")}


@pytest.mark.parametrize("field", ["photos", "pool"])
def test_text_beside_photos_is_not_passed_over(client: Any, photos: Path, field: str) -> None:
    red = ("red.jpg", (photos / "red.jpg").read_bytes())
    answer = client.post("/v1/predict", files=[("photos", red), (field, (None, "blue.webp"))])
    assert (answer.status_code, answer.json()["error"]) == (422, "no photo")
    assert f"The field '{field}' holds text" in answer.json()["reason"]


def test_sizes_and_counts_have_limits(predictor: Predictor, page: Path, photos: Path) -> None:
    red = (photos / "red.jpg").read_bytes()
    with connect(predictor, page, photo_bytes=20_000, request_bytes=50_000) as client:
        assert post(client, *[red] * 200).json()["error"] == "request too large"
        assert post(client, red + b"\0" * 20_000).json()["error"] == "photo too large"
        assert post(client, red + b"\0" * 60_000).json()["error"] == "request too large"
        stream = client.post(
            "/v1/predict",
            content=iter([b"\0" * 9_000] * 9),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert stream.status_code == 413
        raw = client.post("/v1/predict", content=b"\0" * 30_000, headers={"Content-Type": "image/jpeg"})
        assert (raw.status_code, raw.json()["error"]) == (413, "photo too large")
    with connect(predictor, page, pixels=100) as client:
        answer = post(client, red)
        assert (answer.status_code, answer.json()["error"]) == (413, "too many pixels")


def test_two_hundred_photos_are_too_many(client: Any, photos: Path) -> None:
    answer = post(client, *[photos / "red.jpg"] * 200)
    assert (answer.status_code, answer.json()["error"]) == (413, "too many photos")
    assert post(client, *[photos / "red.jpg"] * 16).status_code == 200


@pytest.mark.parametrize("kind", ["image/jpeg", "multipart/form-data; boundary=x"])
def test_a_slow_upload_is_503(kind: str) -> None:
    parts = iter([{"type": "http.request", "body": b"--x\r\n", "more_body": True}])

    async def receive() -> Any:
        await asyncio.sleep(0 if (part := next(parts, None)) else 30)
        return part

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    request, limits = Request(scope, receive), Limits(duration_s=0.2)
    with pytest.raises(Refusal) as refused:
        asyncio.run(read_uploads(request, Body(request, limits), limits))
    assert (refused.value.status, refused.value.code) == (503, "too slow")


class Slow(Predictor):
    """Answers when it is let."""

    def __init__(self, predictor: Predictor, duration_s: float) -> None:
        self._predictor, self._duration_s = predictor, duration_s
        self.bundle, self.index = predictor.bundle, predictor.index

    def predict(self, photo: Any, *, heatmap: bool = False, name: str = "") -> Answer:
        time.sleep(self._duration_s)
        return self._predictor.predict(photo, heatmap=heatmap, name=name)


def test_a_full_line_and_a_late_answer_are_503(predictor: Predictor, page: Path, photos: Path) -> None:
    statuses: list[tuple[int, str]] = []
    with connect(Slow(predictor, 0.6), page, requests=1, workers=1, duration_s=5.0) as client:

        def ask() -> None:
            answer = post(client, photos / "red.jpg")
            body = answer.json()
            statuses.append((answer.status_code, "" if answer.status_code == 200 else body["error"]))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [(200, ""), (503, "busy"), (503, "busy")]
        assert post(client, photos / "red.jpg").status_code == 200
    with connect(Slow(predictor, 0.6), page, duration_s=0.2) as client:
        answer = post(client, photos / "red.jpg")
        assert (answer.status_code, answer.json()["error"]) == (503, "too late")
        assert answer.headers["retry-after"] == "1"


class Watched:
    """Does something slowly, and counts how often it is done at once."""

    def __init__(self, does: Callable[..., Any]) -> None:
        self._does = does
        self._inside = self.most = 0

    def __call__(self, *given: Any, **settings: Any) -> Any:
        self._inside += 1
        self.most = max(self.most, self._inside)
        time.sleep(0.3)
        self._inside -= 1
        return self._does(*given, **settings)


@pytest.mark.parametrize("step", ["to_pixels", "predict"])
@pytest.mark.parametrize("limit", [(100, 1), (1_000_000, 4)])
def test_large_photos_are_decoded_and_answered_one_at_a_time(
    bundle: Path, page: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, step: str, limit: tuple[int, int]
) -> None:
    large_pixels, most = limit
    predictor = load_bundle(bundle, threads=1)
    owner = predictor if step == "predict" else app
    watched = Watched(getattr(owner, step))
    monkeypatch.setattr(owner, step, watched)
    with connect(predictor, page, workers=4, large_pixels=large_pixels) as client:
        assert post(client, *[photos / "red.jpg"] * 4).status_code == 200
    assert watched.most == most


def test_a_full_memory_is_503(predictor: Predictor, page: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = app.to_pixels

    def fail_once(content: bytes, most_pixels: int) -> Any:
        monkeypatch.setattr(app, "to_pixels", decode)
        raise MemoryError

    with connect(predictor, page, workers=1) as client:
        monkeypatch.setattr(app, "to_pixels", fail_once)
        answer = post(client, photos / "red.jpg", photos / "red.jpg")
        assert (answer.status_code, answer.json()["error"]) == (503, "full memory")
        assert answer.headers["retry-after"] == "1"
        assert post(client, photos / "red.jpg").status_code == 200


def test_own_errors_show_no_detail(predictor: Predictor, page: Path, photos: Path) -> None:
    class Broken(Slow):
        def predict(self, photo: Any, *, heatmap: bool = False, name: str = "") -> Answer:
            raise ValueError("secret of the machine")

    with connect(Broken(predictor, 0), page, origins=("*",)) as client:
        answer = post(client, photos / "red.jpg", headers={"Origin": "https://leaves.example"})
        assert answer.status_code == 500
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.json()["error"] == "failed"


def test_the_token_guards_answers_and_counters(predictor: Predictor, page: Path, photos: Path) -> None:
    with connect(predictor, page, token="sesame") as client:
        assert post(client, photos / "red.jpg").status_code == 401
        assert post(client, photos / "red.jpg", headers={"Authorization": "Bearer no"}).status_code == 401
        assert post(client, photos / "red.jpg", headers={"Authorization": "Bearer sesame"}).status_code == 200
        assert client.get("/metrics").status_code == 401
        assert client.get("/healthz").status_code == 200


def test_a_token_may_hold_any_letters(predictor: Predictor, page: Path, photos: Path) -> None:
    with connect(predictor, page, token="열려라 참깨") as client:
        given = {"Authorization": "Bearer 열려라 참깨".encode()}
        assert post(client, photos / "red.jpg", headers=given).status_code == 200
        assert post(client, photos / "red.jpg", headers={"Authorization": "Bearer 열려라".encode()}).status_code == 401


ORIGIN = "https://leaves.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


def allowed(answer: Any) -> str | None:
    found: str | None = answer.headers.get("access-control-allow-origin")
    return found


def test_pages_of_other_addresses_read_answers_only_where_allowed(
    predictor: Predictor, page: Path, photos: Path
) -> None:
    headers = {"Origin": ORIGIN, **PREFLIGHT}
    with connect(predictor, page) as client:
        assert allowed(post(client, photos / "red.jpg", headers={"Origin": ORIGIN})) is None
        assert allowed(client.options("/v1/predict", headers=headers)) is None
    with connect(predictor, page, token="sesame", origins=(ORIGIN,)) as client:
        asked = client.options("/v1/predict", headers=headers)
        assert (asked.status_code, allowed(asked)) == (200, ORIGIN)
        assert {"authorization", "content-type"} <= set(
            asked.headers["access-control-allow-headers"].lower().split(", ")
        )
        refused = post(client, photos / "red.jpg", headers={"Origin": ORIGIN})
        assert (refused.status_code, allowed(refused)) == (401, ORIGIN)
        given = {"Origin": ORIGIN, "Authorization": "Bearer sesame"}
        assert allowed(post(client, photos / "red.jpg", headers=given)) == ORIGIN
        assert allowed(post(client, UNREADABLE["document.jpg"], headers=given)) == ORIGIN
        assert allowed(post(client, photos / "red.jpg", headers={**given, "Origin": "https://other.example"})) is None
    with connect(predictor, page, origins=("*",)) as client:
        assert allowed(post(client, photos / "red.jpg", headers={"Origin": ORIGIN})) == "*"


def test_answers_say_which_bundle_gave_them(client: Any, predictor: Predictor, photos: Path) -> None:
    identity = predictor.index.identity
    assert identity.startswith("drawn/mean-colour-s0-f0/")
    said = post(client, photos / "red.jpg", photos / "white.jpg", UNREADABLE["document.jpg"]).json()
    assert [one["bundle"] for one in said] == [identity] * 3
    assert client.get("/healthz").json()["bundle"] == identity
    assert client.get("/").headers["cache-control"] == "no-cache"


def test_counters_count(predictor: Predictor, page: Path, photos: Path) -> None:
    with connect(predictor, page) as client:
        post(client, photos / "red.jpg", photos / "white.jpg")
        post(client, UNREADABLE["document.jpg"])
        text = client.get("/metrics").text
    assert 'leafgraft_requests_total{status="200"} 1.0' in text
    assert 'leafgraft_requests_total{status="415"} 1.0' in text
    assert 'leafgraft_photos_total{said="not a leaf I know"} 1.0' in text
    assert "leafgraft_requests_under_way 0.0" in text


def test_the_page_its_policy_and_the_description(client: Any) -> None:
    found = client.get("/")
    assert "page" in found.text
    assert "connect-src 'self'" in found.headers["content-security-policy"]
    assert found.headers["x-content-type-options"] == "nosniff"
    described = client.get("/openapi.json").json()["paths"]["/v1/predict"]["post"]
    assert {"200", "413", "415", "422", "503"} <= set(described["responses"])
    assert "multipart/form-data" in described["requestBody"]["content"]
    assert "docs.js" in client.get("/docs").text
    assert client.get("/docs/../app.py").status_code == 404
    assert client.get("/nothing").json()["error"] == "refused"


def test_the_description_knows_every_key_of_an_answer(client: Any) -> None:
    bodies = client.get("/openapi.json").json()["components"]["schemas"]
    evidence = Evidence("field", 0.4, (0.3, 0.5), 50, declined_too=False, act=False)
    whole = Answer("a", "b", None, reason="c", pooled=(Answer("a", "b", None),), evidence=evidence).to_json()
    assert set(whole) == set(bodies["AnswerBody"]["properties"])
    assert set(whole["evidence"]) == set(bodies["EvidenceBody"]["properties"])


def test_many_sizes_at_once_agree_with_one_at_a_time(client: Any, predictor: Predictor) -> None:
    contents = [encode(NOISE.resize((40 + 7 * n, 90 - 3 * n)), "PNG") for n in range(12)]
    said = post(client, *contents).json()
    for one, content in zip(said, contents, strict=True):
        expected = predictor.predict(content).probabilities
        assert np.allclose(list(one["probabilities"].values()), list(expected.values()), atol=1e-6)


def test_a_checkout_without_the_parts_of_the_page_names_the_command(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "VENDORED", (tmp_path / "nowhere" / "a.js",))
    with pytest.raises(BundleError, match="make web"):
        phone.write_phone_page(bundle, tmp_path / "page")
