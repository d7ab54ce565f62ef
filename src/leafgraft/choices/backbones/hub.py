"""Downloads from the Hugging Face Hub, where timm keeps its weights: one try, and no words but ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

RETRIES = "huggingface_hub.utils._http"  # warns of each failed request, then waits and tries five times more
FAILED = " thrown while requesting "


class OneTry(logging.Filter):
    """Ends the Hub's retries before the first; what an earlier download left is still found.

    Attributes:
        reason: What went wrong; empty if nothing did.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say nothing; after a failed request go on as without a network.

        Raises:
            OfflineModeIsEnabled: The Hub's own word for it.
        """
        what, failed, request = record.getMessage().partition(FAILED)
        if failed:
            self.reason = f"{request.split()[-1]} gave {what}"
            constants.HF_HUB_OFFLINE = True
            raise OfflineModeIsEnabled(self.reason)
        return False


@contextmanager
def one_try() -> Iterator[OneTry]:
    """Download without retries, warnings and bars."""
    offline, shown = constants.HF_HUB_OFFLINE, not are_progress_bars_disabled()
    library, retries = logging.getLogger("huggingface_hub"), logging.getLogger(RETRIES)
    levels, disabled, trying = (library.level, retries.level), logging.root.manager.disable, OneTry()
    logging.disable(logging.NOTSET)  # what is not even heard cannot be ended
    library.setLevel(logging.ERROR)
    retries.setLevel(logging.WARNING)
    retries.addFilter(trying)
    disable_progress_bars()
    try:
        yield trying
    finally:
        constants.HF_HUB_OFFLINE = offline
        logging.disable(disabled)
        retries.removeFilter(trying)
        library.setLevel(levels[0])
        retries.setLevel(levels[1])
        if shown:
            enable_progress_bars()
