"""Draw what a phone asks before it keeps the page, and what to tap: one sheet for each language.

    python scripts/draw_taps.py

writes `LANGUAGE.svg` for the start page of a phone, for the page beside the QR code, and for the documents. A picture
of a sheet is shown alone by its name, as `en.svg#android-1`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from html import escape
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/leafgraft/web/static/taps"
LANGUAGES = ("en", "ko")  # in the order of the words below
WIDTH, HEIGHT, GAP, LABEL = 200, 280, 24, 34  # of a picture, between pictures, of the line above them
EDGE, TEXT, LINE = 18, 12.5, 17  # from the edge of the phone to what it shows; size and height of a line
INK, GREY, PALE, BLUE, RED, TAP, FRAME = "#0b1a10", "#5c6a61", "#d5ddd6", "#0b57d0", "#b3261e", "#a13d00", "#6c8071"
FONT = "system-ui, 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif"

Row = Callable[[float, int], tuple[str, float]]  # from its upper edge and a language to what is drawn, and its height


def span(words: str, size: float) -> float:
    """About how wide words are, on the safe side."""
    return size * sum(1.0 if unicodedata.east_asian_width(one) in "WF" else 0.58 for one in words)


def wrapped(words: str, size: float, width: float) -> list[str]:
    """Words in lines that fit."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and span(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def box(x: float, y: float, width: float, height: float, round_px: float, more: str) -> str:
    """A rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_px:g}" {more}/>'


def write(words: str, x: float, y: float, more: str = "", size: float = TEXT) -> str:
    """One line of text on its base line."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" {more}>{escape(words)}</text>'


def ring(number: int, x: float, y: float, width: float, height: float) -> str:
    """Where to tap, and as which."""
    if not number:
        return ""
    around = box(x - 4, y - 4, width + 8, height + 8, 10, f'fill="none" stroke="{TAP}" stroke-width="3"')
    dot = f'<circle cx="{x - 1:g}" cy="{y - 6:g}" r="8" fill="{TAP}"/>'
    return around + dot + write(str(number), x - 1, y - 2, 'text-anchor="middle" font-weight="700" fill="#fff"', 11.5)


def address(tap: int = 0) -> Row:
    """The browser's line above the page; with `tap`, its menu is where to tap."""

    def draw(y: float, _language: int) -> tuple[str, float]:
        pill = box(EDGE, y, 138, 24, 12, f'fill="{PALE}"') + write("192.168.1.20", EDGE + 28, y + 16.5, f'fill="{INK}"')
        warning = f'<path d="M{EDGE + 10} {y + 17}l6 -11 6 11z" fill="{RED}"/>'
        dots = "".join(f'<circle cx="176" cy="{y + 5 + 7 * place}" r="2" fill="{INK}"/>' for place in range(3))
        return pill + warning + dots + ring(tap, 168, y, 16, 24), 36

    return draw


def heading(words: str, colour: str = INK) -> Row:
    """What the screen says first."""

    def draw(y: float, language: int) -> tuple[str, float]:
        lines = wrapped(words.split("|")[language], 14, WIDTH - 2 * EDGE)
        more = f'font-weight="700" fill="{colour}"'
        texts = (write(line, EDGE, y + 13 + 18 * place, more, 14) for place, line in enumerate(lines))
        return "".join(texts), 18 * len(lines) + 8

    return draw


def lines(*shares: float) -> Row:
    """Words that do not matter, as bars of these shares of the width."""

    def draw(y: float, _language: int) -> tuple[str, float]:
        bars = (
            box(EDGE, y + 11 * place, share * (WIDTH - 2 * EDGE), 6, 3, f'fill="{PALE}"')
            for place, share in enumerate(shares)
        )
        return "".join(bars), 11 * len(shares) + 8

    return draw


def link(words: str, tap: int = 0, colour: str = BLUE) -> Row:
    """Words, to tap on or to read."""

    def draw(y: float, language: int) -> tuple[str, float]:
        found = wrapped(words.split("|")[language], TEXT, WIDTH - 2 * EDGE - 6)
        more = f'fill="{colour}"' + (' text-decoration="underline"' if tap else ' font-weight="700"')
        texts = "".join(write(line, EDGE + 4, y + 13 + LINE * place, more) for place, line in enumerate(found))
        width = min(WIDTH - 2 * EDGE, max(span(line, TEXT) for line in found) + 8)
        return texts + ring(tap, EDGE, y, width, LINE * len(found) + 2), LINE * len(found) + 14

    return draw


def button(words: str, tap: int = 0, *, full: bool = False) -> Row:
    """A button over the width."""

    def draw(y: float, language: int) -> tuple[str, float]:
        look = f'fill="{BLUE if full else "#fff"}" stroke="{BLUE}" stroke-width="1.5"'
        more = f'text-anchor="middle" font-weight="600" fill="{"#fff" if full else BLUE}"'
        drawn = box(EDGE, y, WIDTH - 2 * EDGE, 30, 15, look)
        drawn += write(words.split("|")[language], WIDTH / 2, y + 19.5, more)
        return drawn + ring(tap, EDGE, y, WIDTH - 2 * EDGE, 30), 44

    return draw


def entry(words: str, tap: int = 0, end: str = "") -> Row:
    """A line of a list; at its end a `switch` that is on, or words in blue."""

    def draw(y: float, language: int) -> tuple[str, float]:
        left, right, edge = words.split("|")[language], end.split("|")[-1 if language else 0], WIDTH - EDGE
        drawn = box(EDGE - 8, y - 2, WIDTH - 2 * EDGE + 16, 34, 8, 'fill="#eef2ee"')
        drawn += write(left, EDGE, y + 19, f'fill="{INK}" font-weight="600"')
        if right == "switch":
            drawn += box(edge - 32, y + 5, 32, 20, 10, 'fill="#1f7a44"')
            drawn += f'<circle cx="{edge - 10}" cy="{y + 15:g}" r="8" fill="#fff"/>'
            return drawn + ring(tap, edge - 32, y + 5, 32, 20), 48
        if right:
            wide = span(right, TEXT)
            drawn += write(right, edge, y + 19, f'text-anchor="end" font-weight="700" fill="{BLUE}"')
            return drawn + ring(tap, edge - wide, y + 3, wide, 24), 48
        return drawn + ring(tap, EDGE - 4, y + 2, WIDTH - 2 * EDGE + 8, 26), 48

    return draw


def share(tap: int) -> Row:
    """The bar below Safari's page, with the sign of sharing in its middle."""

    def draw(_y: float, _language: int) -> tuple[str, float]:
        y = HEIGHT - 44
        bar = box(EDGE - 8, y - 8, WIDTH - 2 * EDGE + 16, 38, 10, 'fill="#eef2ee"')
        arrow = f'<path d="M100 {y + 15}v-16m-5 5l5 -5 5 5M94 {y + 6}h-3v15h18v-15h-3"'
        return bar + f'{arrow} fill="none" stroke="{BLUE}" stroke-width="2"/>' + ring(tap, 88, y - 3, 24, 28), 0

    return draw


NOT_PRIVATE = "Your connection is not private|연결이 비공개로 설정되어 있지 않습니다"
START = "The leaf page, onto this phone|잎 페이지를 이 휴대전화로"
KEPT = "✓ Works without a connection.|✓ 연결 없이도 작동합니다."
SYSTEMS: dict[str, tuple[str, list[list[Row]]]] = {
    "android": (
        "Android (Chrome)",
        [
            [
                address(),
                heading(NOT_PRIVATE),
                lines(1, 0.8),
                button("Advanced|고급", 1),
                lines(0.9),
                link("Proceed to 192.168.1.20 (unsafe)|192.168.1.20(안전하지 않음)(으)로 이동", 2),
            ],
            [
                address(),
                heading(START),
                lines(1, 0.7),
                link("the certificate|인증서", 1),
                lines(0.9, 0.5),
                entry("✓ leafgraft.crt|✓ leafgraft.crt"),
            ],
            [
                heading("Settings|설정", GREY),
                entry("CA certificate|CA 인증서", 1),
                heading("Your data won’t be private|데이터가 비공개로 유지되지 않음"),
                lines(1, 0.6),
                button("Install anyway|무시하고 설치", 2),
                entry("leafgraft.crt|leafgraft.crt", 3),
            ],
            [
                address(1),
                link(KEPT, colour="#14532d"),
                lines(1, 0.8, 0.9),
                entry("Bookmarks|북마크"),
                entry("Add to Home screen|홈 화면에 추가", 2),
                lines(0.7),
            ],
        ],
    ),
    "iphone": (
        "iPhone, iPad (Safari)",
        [
            [
                heading("This Connection Is Not Private|이 연결은 비공개 연결이 아닙니다", RED),
                lines(1, 0.9, 0.6),
                button("Show Details|세부사항 보기", 1),
                lines(1, 0.8),
                link("visit this website|이 웹 사이트 방문", 2),
            ],
            [
                heading(START),
                lines(1, 0.7),
                link("the certificate|인증서", 1),
                heading("It wants to download a configuration profile|구성 프로파일을 다운로드하려고 합니다", GREY),
                button("Ignore|무시"),
                button("Allow|허용", 2, full=True),
            ],
            [
                heading("VPN & Device Management|VPN 및 기기 관리"),
                entry("leafgraft|leafgraft", 1),
                heading("Install Profile|프로파일 설치", GREY),
                entry("leafgraft|leafgraft", 2, "Install|설치"),
                lines(1, 0.7),
            ],
            [
                heading("Certificate Trust Settings|인증서 신뢰 설정"),
                lines(0.9, 0.6),
                entry("leafgraft|leafgraft", 1, "switch"),
                heading("Root Certificate|루트 인증서", GREY),
                lines(1, 0.7),
                button("Continue|계속", 2, full=True),
            ],
            [
                link(KEPT, colour="#14532d"),
                lines(1, 0.8),
                entry("Copy|복사"),
                entry("Add to Home Screen|홈 화면에 추가", 2),
                share(1),
            ],
        ],
    ),
}


def picture(rows: list[Row], language: int) -> str:
    """One phone."""
    drawn, y = box(1.5, 1.5, WIDTH - 3, HEIGHT - 3, 20, f'fill="#fff" stroke="{FRAME}" stroke-width="3"'), 18.0
    for row in rows:
        more, height = row(y, language)
        drawn, y = drawn + "\n" + more, y + height
    return drawn


def sheet(language: str) -> str:
    """All pictures, those of a system in a line."""
    columns = max(len(pictures) for _, pictures in SYSTEMS.values())
    width, step = columns * (WIDTH + GAP) - GAP, LABEL + HEIGHT + GAP
    height = step * len(SYSTEMS) - GAP
    view, style = f'viewBox="0 0 {width} {height}"', f'lang="{language}" font-family="{FONT}"'
    found = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {view} {style}>',
        "<!-- written by scripts/draw_taps.py -->",
    ]
    for line, (system, (name, pictures)) in enumerate(SYSTEMS.items()):
        found.append(write(name, 2, line * step + 22, f'font-weight="700" fill="{FRAME}"', 20))
        for place, rows in enumerate(pictures):
            x, y = place * (WIDTH + GAP), line * step + LABEL
            found.append(f'<view id="{system}-{place + 1}" viewBox="{x} {y} {WIDTH} {HEIGHT}"/>')
            drawn = picture(rows, LANGUAGES.index(language))
            found.append(f'<g transform="translate({x} {y})">\n{drawn}\n</g>')
    return "\n".join([*found, "</svg>", ""])


if __name__ == "__main__":
    for code in LANGUAGES:
        (TARGET / f"{code}.svg").write_text(sheet(code), encoding="utf-8", newline="\n")
