"""What is said of a library that is not installed."""

import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from leafgraft import study
from leafgraft.errors import UsageError
from leafgraft.records.extras import EXTRAS, not_installed, of_an_extra

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        *(("torch", "train"), ("sklearn.ensemble", "train"), ("scipy", "field"), ("uvicorn", "web")),
        *(("optuna", "tune"), ("ray", "ray"), ("tensorboard.summary", "loggers"), ("mlflow", "loggers")),
    ],
)
def test_the_extra_that_brings_it_is_named(name, extra):
    with pytest.raises(UsageError) as told, of_an_extra():
        raise ModuleNotFoundError(name=name)
    assert f'pip install "leafgraft[{extra}]"' in str(told.value)
    assert name.partition(".")[0] in told.value.found


@pytest.mark.parametrize("error", [ModuleNotFoundError(name="leafgraft.gone"), ModuleNotFoundError()])
def test_a_fault_of_our_own_is_no_missing_extra(error):
    assert not_installed(error) is None


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_extra_does_bring_it(extra):
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = {canonicalize_name(Requirement(one).name) for one in listed[extra]}
    brought = names | {canonicalize_name(Requirement(one).name) for name in names for one in requires(name) or []}
    for library in set(EXTRAS[extra]) & set(packages_distributions()):
        assert {canonicalize_name(one) for one in packages_distributions()[library]} & brought, library


def test_in_python_the_same_error_comes_when_a_stage_is_asked_for(monkeypatch):
    def without_torch(name):
        raise ModuleNotFoundError(name="torch")

    monkeypatch.setattr(study, "import_module", without_torch)
    with pytest.raises(UsageError, match=r"torch is not installed.*leafgraft\[train\]"):
        study.run  # noqa: B018 - asked for
    assert not hasattr(study, "fly")


def test_what_trains_names_the_extra_that_trains_whatever_lacks_first(monkeypatch):
    def lacks(_name):
        raise ModuleNotFoundError(name="scipy")

    monkeypatch.setattr(study, "import_module", lacks)
    for name, extra in (("run", "train"), ("pick", "train"), ("compare", "field")):
        with pytest.raises(UsageError, match=f"extra '{extra}'"):
            getattr(study, name)
