from __future__ import annotations

import unicodedata
from dataclasses import replace

from leafgraft.data.checks.files import lg041_unicode_forms as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    apart, whole = (unicodedata.normalize(form, "건강") for form in ("NFD", "NFC"))
    photos = [replace(one, label=whole, path=f"{whole}/{one.photo_id}.jpg") for one in inputs.manifest.photos]
    assert lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=tuple(photos)))) is None
    photos[:2] = [replace(one, path=f"{apart}/{one.photo_id}.jpg") for one in photos[:2]]
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=tuple(photos))))
    assert finding is not None
    assert (finding.code, finding.severity) == (lg.CODE, "note")
    assert finding.measured == {"photos": {whole: [2, len(photos) - 2]}}


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
