from __future__ import annotations

from dataclasses import replace

from leafgraft.data.checks.audit_inputs import Suspects
from leafgraft.data.checks.pictures import lg034_unlike as lg


def test_lists_photos_unlike_all_others_but_those_that_a_person_kept(case_of) -> None:
    inputs = case_of().inputs
    first, second = (photo.path for photo in inputs.manifest.photos[:2])
    suspects = Suspects((), "resnet18 at 224 px", ((second, 8.04), (first, 5.2)))
    finding = lg.check(replace(inputs, suspects=suspects))
    assert finding is not None
    assert (finding.code, finding.photos) == (lg.CODE, (second, first))
    assert finding.measured["deviations"] == {second: 8.0, first: 5.2}
    finding = lg.check(replace(inputs, suspects=suspects, settled=frozenset({second})))
    assert finding is not None
    assert finding.photos == (first,)


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
    assert lg.check(replace(case_of().inputs, suspects=Suspects((), "resnet18 at 224 px"))) is None
