"""The results of a study in both languages: only what its verdict allows to be claimed."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.evaluation.statements.sentence import in_percent
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.gallery import PaperFigure
from leafgraft.report.paper.tables.table import Table
from leafgraft.report.paper.terms import Language, Sentence, in_language
from leafgraft.report.paper.text.plain_style import in_plain_style

HEADINGS = {
    "results": Sentence("Results", "결과"),
    "why": Sentence("Why this recipe", "이 레시피를 고른 까닭"),
    "refused": Sentence("What may not be claimed", "주장할 수 없는 것"),
    "captions": Sentence("Captions", "그림과 표의 설명"),
}
FIGURE, TABLE = Sentence("Figure", "그림"), Sentence("Table", "표")


def results_text(
    contents: PaperContents, figures: Sequence[PaperFigure], tables: Sequence[Table], language: Language
) -> str:
    """Claims, what is refused, and captions, as Markdown; in Korean in the style of papers, as the methods are."""
    verdict, ending = contents.verdict, "_ko" if language == "ko" else ""
    parts = {
        "results": " ".join([*verdict[f"claims{ending}"], *_leak(contents, language)]),
        "why": verdict[f"why{ending}"],
        "refused": "\n".join(f"- {one}" for one in verdict[f"refused{ending}"]),
        "captions": "\n\n".join([*_captions(FIGURE, figures, language), *_captions(TABLE, tables, language)]),
    }
    sections = [
        f"{'#' if key == 'results' else '##'} {in_language(HEADINGS[key], language)}\n\n{part}\n"
        for key, part in parts.items()
        if part
    ]
    text = "\n".join(sections)
    return in_plain_style(text) if language == "ko" else text


def _leak(contents: PaperContents, language: Language) -> list[str]:
    """What a plain random split would add, as the verdict has it; nothing where no leaf has two photos."""
    leak = contents.verdict.get("inflation")
    if not leak or not leak["shared_leaves"]:
        return []
    random, grouped = in_percent(leak["random"]), in_percent(leak["grouped"])
    network = leak["recipe"].partition(",")[0]
    low, high = (f"{100 * end:.1f}" for end in leak["interval"])
    said = Sentence(
        f"With the best linear head on {network}, a random split that parts photos of one leaf gives {random}, one "
        f"that keeps leaves together {grouped} (95% interval of the difference {low} to {high} points).",
        f"{network} 특징 위의 최적 선형 헤드로 재면, 같은 잎의 사진이 양쪽에 들어가는 무작위 분할의 정확도는 "
        f"{random}, 잎을 나누지 않는 분할의 정확도는 {grouped}입니다(차이의 95% 신뢰구간 {low}~{high}%p).",
    )
    return [in_language(said, language)]


def _captions(word: Sentence, made: Sequence[PaperFigure | Table], language: Language) -> list[str]:
    return [
        f"**{in_language(word, language)} {number}** ({one.name}). {in_language(one.caption, language)}"
        for number, one in enumerate(made, start=1)
    ]
