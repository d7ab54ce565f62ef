"""Networks are timed for the plan once on a machine, and no more of them than something learns."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from leafgraft import study
from leafgraft.study.steps import network_speed


def test_a_network_is_timed_once_on_a_machine(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    timed = []
    plain = network_speed.measure_speed

    def measure(*given: Any, learns: bool, batch_size: int) -> Any:
        timed.append(learns)
        return plain(*given, learns=learns, batch_size=batch_size)

    monkeypatch.setattr(network_speed, "measure_speed", measure)
    file = tmp_path / "study.yaml"
    plan = {"photos": str(drawn_leaves), "image_size": 32, "weights": "none", "training": {"epochs": 1}}
    for recipe, wanted in (
        ({"backbone": "squeezenet1_1", "strategy": "frozen"}, [False]),
        ({"backbone": "squeezenet1_1", "strategy": "probe"}, [False]),
        ({"backbone": "squeezenet1_1", "strategy": "full"}, [False, True]),
        ({"backbone": "googlenet", "strategy": "frozen", "auxiliary": True}, [False, True, True]),  # heads within it
    ):
        file.write_text(yaml.safe_dump({**plan, "recipes": [recipe]}))
        study.plan(str(file))
        assert timed == wanted
    file.write_text(yaml.safe_dump({**plan, "recipes": [recipe], "training": {"epochs": 1, "batch_size": 2}}))
    study.plan(str(file))
    assert len(timed) == len(wanted) + 1  # steps of 2 photos are not those of 16
