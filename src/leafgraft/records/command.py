"""A command of leafgraft as a person types it."""

from __future__ import annotations

import os
import shlex
import subprocess


def typed(*words: object, **options: object) -> str:
    """The command with its options, those without a value left out; quoted as the shell of this system needs it.

    Args:
        *words: After ``leafgraft``.
        **options: By name, in the order in which they are typed.
    """
    named = [part for name, value in options.items() if value for part in (f"--{name}", value)]
    whole = ["leafgraft", *(str(word) for word in (*words, *named))]
    return subprocess.list2cmdline(whole) if os.name == "nt" else shlex.join(whole)
