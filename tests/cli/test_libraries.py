"""No warning of a library reaches the terminal, unless somebody asks for it."""

import os
import subprocess
import sys

import pytest

TALK = """
import logging, subprocess, sys, warnings
from leafgraft.cli.libraries import hush_libraries
hush_libraries()
import torch
warnings.warn("of a library")
logging.getLogger("torch").warning("of a library")
logging.getLogger("unknown").warning("of a library")
subprocess.run([sys.executable, "-c", "import warnings; warnings.warn('of a library')"], check=True)
"""


@pytest.mark.parametrize(("options", "said"), [((), 0), (("-W", "default"), 3)])
def test_libraries_are_silent_unless_asked(options: tuple[str, ...], said: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    command = [sys.executable, *options, "-c", TALK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert (done.stderr.count("of a library") >= said) if said else (done.stderr == "")
