"""Arguments of a call that are gathered by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from leafgraft.errors import UsageError
from leafgraft.records.display import did_you_mean


def check_arguments(function: Callable[..., Any], gathered: Mapping[str, object], known: type) -> None:
    """Refuse an argument that a function with ``**gathered: Unpack[known]`` does not know: Python lets it pass.

    Args:
        function: That was called.
        gathered: What it gathered.
        known: `TypedDict` of what may be among it.

    Raises:
        UsageError: One is not known.
    """
    parameters = inspect.signature(function).parameters.values()
    named = [one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD]
    allowed = [*named, *known.__annotations__]
    for name in gathered:
        if name not in allowed:
            raise UsageError(
                f"'{name}' must be an argument of {function.__name__}.",
                "It is not.",
                f"{did_you_mean(name, allowed)} Allowed: {', '.join(allowed)}.".lstrip(),
            )
