"""What stands in the ``{field}``s of a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{(\w+)!?\}")


def fill(pattern: str, values: Mapping[str, str]) -> str:
    """A pattern with its fields filled, ``{name!}`` as ``{name}``; braces around anything but a name stay.

    Example:
        >>> fill("{count} photos; 'split: {folds: 5}'", {"count": "12"})
        "12 photos; 'split: {folds: 5}'"
    """
    return _FIELD.sub(lambda field: values[field[1]], pattern)
