"""Korean particles fit the sound before them."""

from __future__ import annotations

import pytest

from leafgraft.languages.particles import with_particles


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("역병을(를)", "역병을"),
        ("감자을(를)", "감자를"),
        ("역병은(는) 감자은(는)", "역병은 감자는"),
        ("'Healthy'이(가)", "'Healthy'가"),
        ("resnet18과(와)", "resnet18과"),
        ("2과(와)", "2와"),
        ("서울(으)로 부산(으)로", "서울로 부산으로"),
        ("1(으)로 3(으)로", "1로 3으로"),
        ("95%을(를) 3%(으)로", "95%를 3%로"),
        ("파일(이)라고 사진(이)라고 잎새(이)라고", "파일이라고 사진이라고 잎새라고"),
        ("(역병)은(는)", "(역병)은"),
        ("flip과(와) 'Black'은(는) mixing(으)로 basic을(를)", "flip과 'Black'은 mixing으로 basic을"),
        ("mlp과(와) sheep은(는) ape을(를) linear이(가) R을(를)", "mlp와 sheep는 ape를 linear가 R을"),
        ("leaf spot을(를) rot은(는) test set이(가) dot과(와)", "leaf spot을 rot은 test set가 dot와"),
        ("fine을(를) apple(으)로 frame이(가) probe을(를)", "fine을 apple로 frame이 probe를"),
        ("Σ은(는)", "Σ은(는)"),
        ("<strong>역병</strong>을(를) &#39;감자&#39;이(가)", "<strong>역병</strong>을 &#39;감자&#39;가"),
    ],
)
def test_the_particle_fits(given: str, read: str) -> None:
    assert with_particles(given) == read
