"""The functions of the study stay what they are, whatever is imported first."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import leafgraft
from leafgraft import study
from leafgraft.errors import LeafgraftError
from leafgraft.web.phone import write_phone_page

Call = Callable[[str], object]


def test_no_module_hides_a_function() -> None:
    modules = {path.stem for path in Path(study.__file__).parent.iterdir()}
    assert not modules & set(study.__all__)


def test_functions_after_every_module_was_imported() -> None:
    folder = Path(study.__file__).parent
    for path in sorted(folder.rglob("[a-z]*.py")):
        import_module("leafgraft.study." + ".".join(path.relative_to(folder).with_suffix("").parts))
    assert all(type(getattr(study, name)).__name__ == "function" for name in study.__all__)
    assert leafgraft.run is study.run


def annotations_of(function: Callable[..., Any]) -> dict[str, str]:
    """What each argument may be, those of ``**more`` among them."""
    found = {}
    for name, hint in get_type_hints(function, include_extras=True).items():
        more = inspect.signature(function).parameters.get(name)
        if more and more.kind is inspect.Parameter.VAR_KEYWORD:
            found |= {one: str(of) for one, of in get_type_hints(get_args(hint)[0]).items()}
        elif more:
            found[name] = str(hint)
    return found


def test_every_file_and_folder_may_be_named_as_text() -> None:
    functions = [getattr(study, name) for name in study.__all__] + [leafgraft.load_bundle, write_phone_page]
    paths = {(one.__name__, name, of) for one in functions for name, of in annotations_of(one).items() if "Path" in of}
    assert len(paths) > 20
    assert [one for one in sorted(paths) if "str | pathlib.Path" not in one[2]] == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda at: leafgraft.run(f"{at}/leaves", out=at), "which would be replaced"),
        (lambda at: leafgraft.run(f"{at}/leaves", corrections=f"{at}/c.csv"), "must be a file"),
        (lambda at: leafgraft.audit(f"{at}/leaves", groups=f"{at}/g.csv"), "must be a file"),
        (lambda at: leafgraft.audit(f"{at}/leaves", html=at), "--html must name a file"),
        (lambda at: leafgraft.compare(f"{at}/gone", html=f"{at}/x.html"), "gone' must be a file of answers"),
        (lambda at: study.plan(f"{at}/leaves", corrections=f"{at}/c.csv"), "must be a file"),
        (lambda at: study.find_rates(f"{at}/leaves", out=at), "which would be replaced"),
        (study.report, "must be a study folder with"),
        (study.paper, "must be a study folder with"),
        (study.export, "must be a study folder with"),
        (lambda at: study.pick(at, f"{at}/leaves"), "must be a study folder with"),
        (lambda at: study.pick(at, f"{at}/leaves", out="picks.json"), "--out must name a CSV"),
        (lambda at: study.adapt(at, f"{at}/labels.csv", out=at), "must be a study folder with"),
        (lambda at: study.foresee(at, f"{at}/leaves"), "must be a study folder with"),
        (study.sample, "must be"),
        (leafgraft.load_bundle, "must be a bundle"),
        (lambda at: write_phone_page(at, f"{at}/phone"), "must be a bundle"),
    ],
)
def test_what_is_named_as_text_is_refused_in_words(
    call: Call, said: str, tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(drawn_leaves, tmp_path / "leaves")
    (tmp_path / "plan.json").write_text("[]", encoding="utf-8")
    with pytest.raises(LeafgraftError, match=said):
        call(str(tmp_path))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: leafgraft.run("leaves", epochs=2), "'epochs' must be an argument of run"),
        (lambda: leafgraft.run("leaves", job=2), "Did you mean 'jobs'"),
        (lambda: leafgraft.audit("leaves", group="groups.csv"), "Did you mean 'groups'"),
        (lambda: study.adapt("results/x", "labels.csv", unlabeled="field"), "Did you mean 'unlabelled'"),
    ],
)
def test_arguments_that_are_not_known_are_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(LeafgraftError, match=words):
        call()
