"""References: what menus name as a source has an entry, and only what is cited is written."""

from __future__ import annotations

import re

import pytest

from leafgraft.choices.menu import MENUS
from leafgraft.report.paper.text.references import bibliography, cite, cited_in, keys_of

EVERY = [(kind, name) for kind, menu in MENUS.items() for name in menu]


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_every_source_of_a_menu_has_an_entry(kind: str, name: str) -> None:
    chosen = "timm:convnext_tiny" if name == "timm:NAME" else name
    for key in keys_of(kind, chosen):
        assert f"{{{key}," in bibliography([key], "0.1"), MENUS[kind][name].source


def test_people_and_libraries_of_a_source_are_found() -> None:
    assert keys_of("backbones", "resnet18") == ["he2016", "torchvision"]
    assert keys_of("backbones", "efficientnet_lite0") == ["tan2019", "liu2020", "wightman2019"]
    assert keys_of("augmentations", "trivial_augment") == ["muller2021", "torchvision"]
    assert keys_of("schedulers", "constant") == ["paszke2019"]


def test_what_is_cited_is_found_again() -> None:
    text = f"A network{cite(['he2016', 'torchvision', 'he2016'])}, and another{cite(['tan2019'])}."
    assert "[@he2016; @torchvision]," in text
    assert cited_in(text) == ["he2016", "torchvision", "tan2019"]
    assert cite([]) == ""


def test_only_what_is_asked_for_is_written_once_and_in_order() -> None:
    entries = bibliography(["tan2019", "he2016", "tan2019", "no-such-key"], "0.1")
    assert re.findall(r"^@\w+\{(\w+),$", entries, re.MULTILINE) == ["he2016", "tan2019"]
    assert entries.count("{") == entries.count("}")
    assert "version = {0.1}" in bibliography(["leafgraft"], "0.1")
