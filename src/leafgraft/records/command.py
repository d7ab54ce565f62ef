"""A command of leafgraft as a person types it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess

PLAIN = re.compile(r"[\w.:\\/=~+-]+")


def typed(*words: object, **options: object) -> str:
    """The command with its options, those without a value left out; quoted as the shell of this system needs it.

    Args:
        *words: After ``leafgraft``.
        **options: By name, in the order in which they are typed.
    """
    named = [part for name, value in options.items() if value for part in (f"--{name}", value)]
    whole = ["leafgraft", *(str(word) for word in (*words, *named))]
    return " ".join(map(_for_windows, whole)) if os.name == "nt" else shlex.join(whole)


def _for_windows(word: str) -> str:
    """Between double quotes where cmd or PowerShell would take a letter for more than itself: ``&``, ``(``, ``;``."""
    if PLAIN.fullmatch(word):
        return word
    quoted = subprocess.list2cmdline([word])
    if quoted.startswith('"'):
        return quoted
    return f'"{quoted}\\"' if word.endswith("\\") else f'"{quoted}"'
