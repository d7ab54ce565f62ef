"""Short digests."""

from __future__ import annotations

import hashlib

import pytest

from leafgraft.records.digest import photo_id_of, short_digest


@pytest.mark.parametrize("content", ["감자 잎", "감자 잎".encode()])
def test_text_counts_as_its_bytes(content: str | bytes) -> None:
    assert short_digest(content, 12) == hashlib.sha256("감자 잎".encode()).hexdigest()[:12]


def test_a_photo_is_named_by_sixteen_digits_of_its_bytes() -> None:
    assert photo_id_of(b"") == "e3b0c44298fc1c14"
