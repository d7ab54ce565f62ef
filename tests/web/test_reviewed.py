"""What a review writes: an answer to one question leaves those to others as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leafgraft.errors import LabelsError
from leafgraft.records.correction import EXCLUDE, KEEP, NOT_SAME_LEAF, RELABEL, SAME_LEAF, Correction
from leafgraft.records.review import SHARED, Reason, ReviewItem, ReviewPhoto, ReviewSheet
from leafgraft.storage.corrections import read_corrections
from leafgraft.web.labelling.answers_file import AnsweredElsewhereError
from leafgraft.web.labelling.reviewed import Reviewed

A, B, COPY, LEFT_OUT = "Early/a.jpg", "Late/b.jpg", "Early/copy of a.jpg", "Early/broken.jpg"
PAIR, ALONE, ELSEWHERE = 0, 1, 2
CHOICES = (
    (
        Correction(A, "", B, NOT_SAME_LEAF),
        Correction(A, "", B, SAME_LEAF),
        Correction(A, action=EXCLUDE),
        Correction(B, action=EXCLUDE),
        Correction(A, "Early"),
    ),
    (Correction(A), Correction(A, "Late", action=RELABEL), Correction(A, action=EXCLUDE)),
    (Correction(A), Correction(A, action=EXCLUDE)),
)
REASONS = ("crossing", "blurred", SHARED)


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviewed:
    for name in (A, B):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(b"")
    photo = ReviewPhoto(tmp_path / "photos" / A, A)
    items = tuple(ReviewItem((photo,), (Reason(code),), of) for code, of in zip(REASONS, CHOICES, strict=True))
    known = (tmp_path / "corrections.csv", "Ana", str(tmp_path / "photos"), frozenset({A, B}), {COPY: A})
    applied = frozenset({Correction(A, action=EXCLUDE).said})
    return Reviewed(ReviewSheet(items, ("Early", "Late"), *known, frozenset(), applied, ("one",), "run"))


def said(reviewed: Reviewed) -> set[tuple[str, str]]:
    return {(row.action, row.label) for row in read_corrections(reviewed.sheet.corrections)}


def test_a_photo_that_is_left_out_stays_so_when_a_pair_with_it_is_told_apart(reviewed: Reviewed) -> None:
    for first, second in (((ALONE, 2), (PAIR, 0)), ((PAIR, 0), (ALONE, 2))):
        reviewed.sheet.corrections.unlink(missing_ok=True)
        anew = Reviewed(reviewed.sheet)
        anew.save(*first, "")
        anew.save(*second, "")
        assert said(reviewed) == {(EXCLUDE, ""), (NOT_SAME_LEAF, "")}


def test_another_answer_to_the_same_question_takes_the_place_of_the_first(reviewed: Reviewed) -> None:
    reviewed.save(PAIR, 2, "")
    reviewed.save(PAIR, 0, "")
    assert said(reviewed) == {(NOT_SAME_LEAF, "")}
    reviewed.save(ALONE, 1, "")
    reviewed.save(ALONE, 0, "")
    assert said(reviewed) == {(NOT_SAME_LEAF, ""), (KEEP, "")}


def test_who_keeps_a_photo_that_was_relabelled_keeps_its_new_label(reviewed: Reviewed) -> None:
    reviewed.save(ALONE, 1, "")
    reviewed.save(ELSEWHERE, 0, "")
    assert said(reviewed) == {(RELABEL, "Late")}
    assert reviewed.read()[ELSEWHERE].action == KEEP, "what is said to be saved is found again"
    reviewed.save(ELSEWHERE, 1, "")
    assert said(reviewed) == {(EXCLUDE, "")}


def test_who_says_that_both_show_the_class_that_one_came_with_is_heard(reviewed: Reviewed) -> None:
    reviewed.save(ALONE, 1, "")
    kept = reviewed.save(PAIR, 4, "")
    assert (kept.action, kept.label) == (KEEP, "")
    assert said(reviewed) == {(KEEP, "")}
    assert reviewed.read()[PAIR].said == kept.said


def test_a_correction_of_a_copy_is_one_of_the_photo_that_is_kept(reviewed: Reviewed) -> None:
    for written in (COPY, "copy of a.jpg"):
        reviewed.sheet.corrections.write_text(f"path,action\n{written},exclude\n{LEFT_OUT},exclude\n", "utf-8")
        assert not reviewed.lacks_applied()
        assert reviewed.summary()["stale"] == (), "what is left out anyway changes nothing"
        assert reviewed.read()[ALONE].said == (frozenset({A}), EXCLUDE, "")
    reviewed.sheet.corrections.write_text(f"path,action\n{B},exclude\n", "utf-8")
    assert reviewed.lacks_applied()
    assert reviewed.summary()["stale"] == ("one",)


def test_a_class_with_blanks_around_it_is_found_again(reviewed: Reviewed) -> None:
    relabelled = Correction(A, "Late ", action=RELABEL)
    items = (replace(reviewed.sheet.items[ALONE], choices=(Correction(A), relabelled)),)
    again = Reviewed(replace(reviewed.sheet, items=items, classes=("Early", "Late ")))
    again.save(0, 1, "")
    assert again.read()[0].said == relabelled.said


def test_another_browser_does_not_replace_an_answer_that_it_has_not_seen(reviewed: Reviewed) -> None:
    reviewed.save(ALONE, 1, "", was=-1)
    with pytest.raises(AnsweredElsewhereError, match="in another browser"):
        reviewed.save(ALONE, 2, "", was=-1)
    assert said(reviewed) == {(RELABEL, "Late")}
    reviewed.save(ALONE, 2, "", was=1)
    assert said(reviewed) == {(EXCLUDE, "")}


def test_what_another_item_or_a_hand_has_changed_can_be_answered_again(reviewed: Reviewed) -> None:
    reviewed.save(ALONE, 1, "", was=-1)
    reviewed.save(ALONE, 1, "", was=-1)  # the acknowledgement was lost
    reviewed.save(PAIR, 2, "")  # leaves out the photo that the other item relabelled
    reviewed.save(ALONE, 0, "", was=2)  # as the page shows it now
    reviewed.sheet.corrections.write_text("path,label,group,action\n", encoding="utf-8")
    reviewed.save(ALONE, 1, "", was=-1)
    assert said(reviewed) == {(RELABEL, "Late")}


def test_a_file_that_is_gone_is_not_begun_anew(reviewed: Reviewed) -> None:
    reviewed.save(ALONE, 1, "")
    reviewed.sheet.corrections.unlink()
    with pytest.raises(LabelsError, match="It was there, and is gone"):
        reviewed.save(PAIR, 0, "")
    assert not reviewed.sheet.corrections.exists()
