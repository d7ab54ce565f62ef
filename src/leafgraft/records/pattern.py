"""Regular expressions that users write to say which part of a file name tells the leaf."""

from __future__ import annotations

import re
import unicodedata

from leafgraft.errors import UsageError

EXAMPLE = r"groups: {name: '^(\d+)_'}"


def pattern_fault(pattern: str) -> tuple[str, str] | None:
    r"""What is wrong with an expression and what to do, if anything: it must compile and capture a part.

    Example:
        >>> pattern_fault(r"^(\d+)_") is None
        True
        >>> pattern_fault(r"^\d+_")[0]
        'It has no parentheses, so nothing says which part is the group.'
    """
    mend = f"Put the part that is the same on all photos of one leaf in parentheses: {EXAMPLE}, in single quotes."
    try:
        groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        return f"It cannot be read: {error}.", mend
    return None if groups else ("It has no parentheses, so nothing says which part is the group.", mend)


def check_pattern(pattern: str) -> None:
    """An expression can be read, and captures a part.

    Raises:
        UsageError: It cannot, or does not.
    """
    if fault := pattern_fault(pattern):
        raise UsageError(f"groups: {{name: '{pattern}'}} must be a regular expression.", *fault)


def captured(pattern: str, path: str) -> str:
    r"""What the first parentheses of the expression match in a file name, or in a path if it holds a slash.

    Example:
        >>> captured(r"^(\d+)_", "test/rust/1010_1143.jpg"), captured("/(plant[0-9]+)/", "rust/plant12/a.jpg")
        ('1010', 'plant12')
    """
    pattern, path = (unicodedata.normalize("NFC", one) for one in (pattern, path))  # as a Mac writes names, or others
    match = re.search(pattern, path if "/" in pattern else path.rsplit("/", 1)[-1])
    return (match[1] or "").strip() if match else ""
