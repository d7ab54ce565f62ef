"""Which optional part of leafgraft a library comes with, and what to say where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from leafgraft.errors import UsageError

EXTRAS = {
    "train": (
        *("torch", "torchvision", "timm", "lightning", "safetensors", "sklearn", "onnx", "onnxscript", "plotly"),
        *("huggingface_hub", "kagglehub", "threadpoolctl", "joblib"),
    ),
    "field": ("scipy", "jinja2", "markupsafe"),
    "paper": ("matplotlib", "docx", "pandas"),
    "tune": ("optuna",),
    "ray": ("ray",),
    "loggers": ("tensorboard", "mlflow", "sqlalchemy", "alembic"),
    "web": (
        "fastapi",
        "starlette",
        "uvicorn",
        "multipart",
        "python_multipart",
        "prometheus_client",
        "segno",
        "trustme",
    ),
}


def not_installed(error: ModuleNotFoundError, *, trains: bool = False) -> UsageError | None:
    """What is missing and the one command that installs it; None where no extra brings the module.

    What `trains` needs all of ``train``, whichever of its libraries lacks first.
    """
    library = (error.name or "").partition(".")[0]
    extra = next((name for name, libraries in EXTRAS.items() if library in libraries), None)
    if extra is None:
        return None
    extra = "train" if trains and extra == "field" else extra
    return UsageError(
        f"This needs the extra '{extra}' of leafgraft.",
        f"{library} is not installed.",
        f'Install it: pip install "leafgraft[{extra}]"',
    )


@contextmanager
def of_an_extra() -> Iterator[None]:
    """Import what an extra brings.

    Raises:
        UsageError: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise not_installed(error) or error from None
