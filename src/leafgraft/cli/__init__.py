"""The command line: parses, calls the study, prints; no logic of its own."""

from leafgraft.cli.main import main

__all__ = ["main"]
