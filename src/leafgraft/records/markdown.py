"""Names in Markdown: whatever marks they hold, they show as they are."""

from __future__ import annotations

import re

MARKS = re.compile(r"[\\`*_<$~^@&\[\]]|-(?=-)")
TICKS = re.compile("`+")


def escaped(text: str) -> str:
    r"""Text that shows as it is.

    Example:
        >>> escaped("Corn_(maize)")
        'Corn\\_(maize)'
    """
    return MARKS.sub(r"\\\g<0>", text)


def inside_ticks(name: str) -> str:
    """A name for a place between two backticks, which may hold some itself.

    Example:
        >>> inside_ticks("Corn_(maize)"), inside_ticks("a`b")
        ('Corn_(maize)', '` a`b `')
    """
    longest = max(map(len, TICKS.findall(name)), default=0)
    return f"{'`' * longest} {name} {'`' * longest}" if longest else name
