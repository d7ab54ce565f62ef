"""A floor that these photos cannot have is said, not left out."""

import shutil
from pathlib import Path

import pytest

import leafgraft
from leafgraft.cli import tables
from leafgraft.data.audit.audit import audit_to_json

FORESTS = ("border_pixels", "colour", "background", "metadata")


@pytest.fixture
def leaves(drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Drawn leaves, and a class of one."""
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path / "weights"))
    folder = tmp_path / "leaves"
    shutil.copytree(drawn_leaves, folder)
    of_class = sorted(path for path in folder.iterdir() if path.is_dir())[0]
    (folder / "rust").mkdir()
    photo = sorted(of_class.iterdir())[0]
    photo.rename(folder / "rust" / photo.name)
    return folder


def test_a_class_of_one_leaf(leaves: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = leafgraft.audit(str(leaves))
    told = audit_to_json(found)
    assert list(told["floors"]) == ["largest_class"]
    assert list(told["floors_not_measured"]) == list(FORESTS)
    (why,) = set(told["floors_not_measured"].values())
    assert why.endswith("there is only one leaf of 'rust'.")
    tables.print_audit(found, None)
    said = " ".join(capsys.readouterr().out.split())
    assert said.count(why) == 1
    assert why.replace("'", "&#x27;") in found._repr_html_()


def test_classes_of_more_leaves_have_them_all(
    drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path / "weights"))
    told = audit_to_json(leafgraft.audit(str(drawn_leaves)))
    assert list(told["floors"]) == ["largest_class", *FORESTS]
    assert "floors_not_measured" not in told
