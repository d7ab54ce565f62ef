"""Photos from Kaggle, through kagglehub."""

from __future__ import annotations

import re
from pathlib import Path

from leafgraft.errors import PhotosError

UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout")  # of requests, by which kagglehub calls Kaggle


def download(name: str) -> Path:
    """Download the dataset ``OWNER/NAME``, or find the copy that kagglehub keeps.

    Raises:
        PhotosError: The name is malformed, or the dataset cannot be had (no connection, no such dataset).
    """
    if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name):
        raise PhotosError(
            "A Kaggle dataset must be named kaggle:OWNER/NAME.",
            f"It is 'kaggle:{name}'.",
            "Copy both from the address of its page: kaggle.com/datasets/OWNER/NAME.",
        )
    import kagglehub  # noqa: PLC0415 - a second to import, and seldom needed

    try:
        return Path(kagglehub.dataset_download(name))
    except Exception as error:
        reason = str(error).splitlines()[0][:200].rstrip(".") if str(error) else type(error).__name__
        if type(error).__name__ in UNREACHABLE:
            reason = "Kaggle cannot be reached from here"
        raise PhotosError(
            f"Dataset 'kaggle:{name}' must be downloaded.",
            f"It cannot be had: {reason}.",
            f"Download it from https://www.kaggle.com/datasets/{name}, unpack it into a folder, "
            "and run: leafgraft run THAT_FOLDER",
        ) from error
