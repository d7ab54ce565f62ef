"""What an audit finds, and why a folder is refused, in Korean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leafgraft.cli.main import app
from leafgraft.languages.catalogue import catalogue

FAULTS = (
    *("duplicates=1", "pixel_duplicates=1", "same_leaf=1", "two_labels=1", "truncated=1", "dark=1", "bright=1"),
    *("tiny=1", "odd_shape=1", "grey=1", "exif_rotated=1", "background=0.9", "metadata=0.9"),
)
ENGLISH = re.compile(r"\b(the|is|are|of|and|has|have|in|with|left out|shows?|photos?|files?)\b")


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("LG001 warning: 1 file cannot be read; left out", "LG001 경고: 파일 1개를 읽을 수 없어 제외했습니다"),
        (
            "LG006 error: second folder 'field': 2 pairs of photos show the same leaf under two labels",
            "LG006 오류: 두 번째 폴더 'field': 사진 2쌍은 같은 잎인데 라벨이 서로 다릅니다",
        ),
        (
            "2 labels are likely wrong (3.3% of the photos), by features of vgg16; 1 other is settled by corrections",
            "vgg16의 특징으로 보아 라벨 2개가 틀린 듯합니다(사진의 3.3%). 그 밖의 1개는 수정 사항으로 해결되었습니다",
        ),
        ("LG015 note: 1 photo is turned by its EXIF data", "LG015 참고: 사진 1장에 EXIF 회전 정보가 있습니다"),
        (
            "LG022 warning: camera of the file tells the class",
            "LG022 경고: 파일 정보만 보아도 클래스가 드러납니다: 카메라",
        ),
        ("resnet18: features, 1 view", "resnet18: 특징, 변형 1개"),
        (
            "LG022 warning: file size, camera of the file tell the class",
            "LG022 경고: 파일 정보만 보아도 클래스가 드러납니다: 파일 크기, 카메라",
        ),
        (
            "1 class has no photo that can be used: A (none of its 2 files can be used; A/x.jpg: the file is empty)",
            "클래스 1개에 쓸 수 있는 사진이 없습니다: A(파일 2개 가운데 쓸 수 있는 것이 없음. A/x.jpg: 빈 파일)",
        ),
        (
            "LG024 error: 2 classes have no photo that can be used: A (the folder is empty); B (the folder is empty)",
            "LG024 오류: 클래스 2개에 쓸 수 있는 사진이 없습니다: A(빈 폴더), B(빈 폴더)",
        ),
        (
            "LG027 note: 9 files or folders are passed over as no photos: 4 .txt, 1 without suffix and 2 other kinds",
            "LG027 참고: 사진이 아니어서 파일이나 폴더 9개를 건너뛰었습니다: 4 .txt, 확장자 없음 1, 그 밖의 2종류",
        ),
        (
            "Files left out: 2 that cannot be used, 1 that are copies of others. The audit lists them.",
            "제외한 파일: 쓸 수 없는 것 2개, 다른 파일의 사본 1개. 점검에 목록이 있습니다.",
        ),
        (
            "It names 4 that are not there: a.jpg (line 2), b.jpg (line 3) and 2 more.",
            "없는 사진 4장을 적었습니다: a.jpg(2번째 줄), b.jpg(3번째 줄) 외 2개.",
        ),
        (
            "LG026 error: 3 files are left out: there is no such file (2), it is an address, not a path (1)",
            "LG026 오류: 파일 3개를 제외했습니다: 그런 파일이 없음 2개, 경로가 아니라 인터넷 주소임 1개",
        ),
        (
            "Mend the path; download the photo and name its file.",
            "경로를 고치세요. 사진을 내려받아 그 파일을 적으세요.",
        ),
        (
            "2 labels corrected, 1 photo excluded, by ann (2), somebody who gave no name (1).",
            "라벨을 고친 것 2개, 뺀 사진 1장(수정한 사람: ann (2), 이름 없는 사람 (1)).",
        ),
    ],
)
def test_sentences_of_joined_parts_are_said_whole(english: str, korean: str) -> None:
    assert catalogue("ko").say(english) == korean


def test_an_audit_of_many_faults_leaves_no_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    faults = [part for fault in FAULTS for part in ("--fault", fault)]
    drawn = CliRunner().invoke(
        app, ["sample", str(tmp_path / "leaves"), "--photos-per-class", "12", "--side", "48", *faults]
    )
    assert drawn.exit_code == 0
    found = CliRunner().invoke(app, ["audit", str(tmp_path / "leaves"), "--lang", "ko"])
    assert found.stdout.count("할 일: ") >= 10
    left = [line for line in found.stdout.splitlines() if ENGLISH.search(line) and "사진: " not in line]
    assert left == []
