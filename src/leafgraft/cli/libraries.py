"""What libraries tell developers stays off the terminal; what a person must know is said in our words."""

from __future__ import annotations

import logging
import os
import sys
import warnings


def hush_libraries() -> None:
    """Silence warnings in this process and in those that it starts; ``python -W`` and ``PYTHONWARNINGS`` show them."""
    if sys.warnoptions:
        return
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    logging.disable(logging.WARNING)
