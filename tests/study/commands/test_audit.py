"""An audit takes pretrained weights that are at hand, and ends well whatever else lies beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from heard import Heard
from leafgraft import study
from leafgraft.errors import LeafgraftError


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder; nothing can be downloaded."""

    def download(*_given: object, **_options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v2-b0353104.pth", "mobilenet_v2-7ebf99e0.pth.1f00c7b2.partial", "mobilenet_v2.onnx", "resnet18.txt"],
)
def test_other_files_in_the_weights_folder_are_no_weights(weights: Path, drawn_leaves: Path, name: str) -> None:
    (weights / name).write_bytes(b"other")
    heard = Heard()
    assert study.audit(str(drawn_leaves), progress=heard).floors
    assert not [line for line in heard.lines if "network sees" in line]
    (said,) = [line for line in heard.lines if "are not looked for" in line]
    assert f"'{weights}' holds none" in said


def test_an_audit_without_weights_says_what_it_does_not_look_for(weights: Path, drawn_leaves: Path) -> None:
    heard = Heard()
    assert study.audit(str(drawn_leaves), progress=heard).floors
    (said,) = [line for line in heard.lines if "are not looked for" in line]
    assert f"'{weights}' holds none" in said


@pytest.mark.parametrize("name", ["mobilenet_v2.safetensors", "resnet18-f37072fd.pth"])
def test_a_broken_file_of_weights_is_said_and_the_audit_goes_on(weights: Path, drawn_leaves: Path, name: str) -> None:
    (weights / name).write_bytes(b"cut")
    heard = Heard()
    assert study.audit(str(drawn_leaves), progress=heard).floors
    (said,) = [line for line in heard.lines if "network sees" in line]
    assert str(weights / name) in said
    assert "Download it again" in said


def test_photos_may_be_given_as_a_path_in_python(weights: Path, drawn_leaves: Path) -> None:
    assert study.audit(drawn_leaves).counts == study.audit(str(drawn_leaves)).counts
    gone = weights / "gone"
    for asked in (study.run, study.plan, study.tune, study.find_rates):
        for photos in (gone, gone.with_suffix(".yaml")):
            with pytest.raises(LeafgraftError, match=r"gone.*does not exist|must say what to search"):
                asked(photos)


def test_fewer_threads_than_none_are_refused(drawn_leaves: Path) -> None:
    with pytest.raises(LeafgraftError, match="jobs must be at least 0"):
        study.audit(drawn_leaves, jobs=-1)
