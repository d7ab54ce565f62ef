"""Runs leafgraft commands, each in a process of its own that is forked from this one: nothing is imported twice.

Reads one JSON line per command from stdin, ``{"arguments": [...], "output": PATH}``, and writes the pid of its process;
a line ``{"wait": PID}`` is answered with the exit code, negative for a signal.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import leafgraft.study.commands.run
import leafgraft.training.trial
from leafgraft.cli.main import app

leafgraft.training.trial.CHECKPOINT_EVERY_S = 0.1  # the trials are short


def start(arguments: list[str], output: str) -> int:
    """Fork a process that runs one command; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    try:
        app(arguments)
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(0)


for line in sys.stdin:
    command = json.loads(line)
    if "wait" in command:
        answer = os.waitstatus_to_exitcode(os.waitpid(command["wait"], 0)[1])
    else:
        answer = start(command["arguments"], command["output"])
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()
