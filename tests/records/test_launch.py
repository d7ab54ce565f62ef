"""Where trials run: what goes together, and what does not."""

import pytest

from leafgraft.errors import UsageError
from leafgraft.records.launch import Launch


def test_an_engine_by_name_and_by_record():
    assert Launch.of("ray", 4) == Launch(jobs=4, engine="ray")
    assert Launch.of(Launch(jobs=2, engine="ray", gpus=0.25), 0) == Launch(jobs=2, engine="ray", gpus=0.25)
    assert Launch.of(Launch(jobs=2), 3).jobs == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"engine": "slurm"}, "local or ray"),
        ({"address": "10.0.0.1:6379"}, "Add --engine ray"),
        ({"gpus": 0.5}, "Add --engine ray"),
        ({"cpus": 2.0}, "Add --engine ray"),
        ({"jobs": -1}, "--jobs"),
        ({"devices": 0}, "--devices"),
        ({"engine": "ray", "gpus": -1.0}, "--gpus"),
        ({"engine": "ray", "cpus": float("nan")}, "--cpus"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        Launch(**wrong)
