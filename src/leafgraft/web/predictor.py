"""From the bytes of a photo to an answer, with onnxruntime and without torch."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from leafgraft.data.decode.photo import UnreadableError, open_photo, read_photo_file, to_rgb
from leafgraft.errors import BundleError, UsageError, says_full_memory
from leafgraft.web.answer import Answer, decide, decline_unreadable
from leafgraft.web.bundle import Bundle, read_bundle

OUTPUTS = ["probabilities", "features", "activation_map", "distance"]

Pixels = NDArray[np.uint8]


class Predictor:
    """A loaded bundle. Threads may share it.

    Args:
        bundle: Bundle as `read_bundle` gives it.
        threads: Threads of one prediction; 0 takes every core.

    Raises:
        BundleError: onnxruntime cannot load the model, or it is not one of leafgraft.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Photos differ in size: a pattern or an arena kept for each would only grow.
        options.enable_mem_pattern = False
        options.enable_cpu_mem_arena = False
        with _model_errors(bundle):
            self._session = onnxruntime.InferenceSession(bundle.model, options, providers=["CPUExecutionProvider"])
        missing = set(OUTPUTS) - {one.name for one in self._session.get_outputs()}
        if missing or [one.name for one in self._session.get_inputs()] != ["photo"]:
            raise _not_loaded(bundle, f"it lacks {', '.join(sorted(missing)) or 'the input photo'}")
        self.bundle = bundle
        self.index = bundle.index

    def __repr__(self) -> str:
        return f"Predictor({self.bundle!r})"

    def _repr_html_(self) -> str:
        """Show the bundle."""
        return self.bundle._repr_html_()

    def predict(self, photo: str | Path | bytes | Pixels, *, heatmap: bool = False, name: str = "") -> Answer:
        """Answer one photo.

        Args:
            photo: Path, the bytes of a file, or upright RGB pixels, uint8, shape (H, W, 3).
            heatmap: Whether to give the activation map of the likeliest class, too.
            name: What the answer calls the photo; without it, its path.

        Returns:
            The answer; an unreadable file is declined as "unreadable", not raised.

        Raises:
            UsageError: Pixels of another shape or type.
            BundleError: The model fails, or gives what no model of the bundle does.
            MemoryError: The memory is full.
        """
        path = name or (str(photo) if isinstance(photo, (str, Path)) else "")
        try:
            pixels = photo if isinstance(photo, np.ndarray) else to_pixels(photo)
        except UnreadableError as error:
            return decline_unreadable(path, str(error), self.index.identity)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise UsageError(
                "Pixels must be uint8 of shape (height, width, 3).",
                f"They are {pixels.dtype} of shape {pixels.shape}.",
                "Give the path or the bytes of the photo instead.",
            )
        return self._answer(path, pixels, heatmap=heatmap)

    def _answer(self, path: str, pixels: Pixels, *, heatmap: bool) -> Answer:
        wanted = ["probabilities", "distance", *(["activation_map"] if heatmap else [])]
        outputs = self._run(wanted, pixels)
        answer = decide(path, outputs[0].tolist(), float(outputs[1].reshape(-1)[0]), self.index)
        if not heatmap:
            return answer
        evidence = outputs[2][self.index.classes.index(answer.likeliest)]
        return replace(answer, activation_map=evidence)

    def _run(self, wanted: list[str], pixels: Pixels) -> list[Any]:
        """What the model gives for one photo.

        Raises:
            BundleError: It fails, or gives something else than a model of this bundle does.
            MemoryError: The memory is full: that says nothing of the bundle.
        """
        with _model_errors(self.bundle):
            outputs: list[Any] = self._session.run(wanted, {"photo": pixels})
        classes = len(self.index.classes)
        if outputs[0].shape != (classes,) or outputs[1].size != 1 or any(len(one) != classes for one in outputs[2:]):
            raise _not_loaded(self.bundle, f"it has other outputs than a model of {classes} classes")
        if not (np.isfinite(outputs[0]).all() and np.isfinite(outputs[1]).all()):
            raise _not_loaded(self.bundle, "it gives numbers that are not finite")
        return outputs

    def predict_many(self, photos: Iterable[str | Path], *, heatmap: bool = False, jobs: int = 0) -> Iterator[Answer]:
        """Answer photos one after the other, in their order, several at a time; memory does not grow with their number.

        Args:
            photos: Paths of photos.
            heatmap: Whether to give the activation maps of the likeliest classes, too.
            jobs: Photos at a time, a thread each; 0 takes every core.

        Raises:
            BundleError: The model fails, or gives what no model of the bundle does.
            MemoryError: The memory is full.
        """
        workers = jobs or os.cpu_count() or 1
        waiting: deque[Future[Answer]] = deque()
        coming = iter(photos)
        with ThreadPoolExecutor(workers) as threads:
            for photo in islice(coming, 2 * workers):
                waiting.append(threads.submit(self.predict, photo, heatmap=heatmap))
            while waiting:
                yield waiting.popleft().result()
                for photo in islice(coming, 1):
                    waiting.append(threads.submit(self.predict, photo, heatmap=heatmap))


def to_pixels(photo: str | Path | bytes, most_pixels: int | None = None) -> Pixels:
    """Decode the path or the bytes of a photo: upright RGB, uint8, shape (H, W, 3).

    Args:
        photo: Path, or the bytes of a file.
        most_pixels: Most pixels of a photo that is decoded; None for any number that the decoder takes.

    Raises:
        UnreadableError: It is not a whole photo, or has more than `most_pixels`.
    """
    with open_photo(photo if isinstance(photo, bytes) else read_photo_file(Path(photo))) as image:
        if most_pixels and image.width * image.height > most_pixels:
            raise UnreadableError(f"{image.width}x{image.height} pixels are more than {most_pixels:,}")
        return to_rgb(image)


@contextmanager
def _model_errors(bundle: Bundle) -> Iterator[None]:
    """Tell a model that cannot be used from a full memory."""
    try:
        yield
    except Exception as error:  # onnxruntime has no common error class
        if says_full_memory(error):
            raise MemoryError(str(error)) from error
        raise _not_loaded(bundle, " ".join(str(error).split())[:300]) from error


def _not_loaded(bundle: Bundle, found: str) -> BundleError:
    return BundleError(
        f"'{bundle.path / bundle.model_name}' must be a model that leafgraft exported.",
        f"It cannot be used: {found}.",
        "Run `leafgraft export` again with this version of leafgraft.",
    )


def load_bundle(path: str | Path, *, int8: bool = False, threads: int = 0) -> Predictor:
    """Load a bundle: `load_bundle(PATH).predict(photo)`.

    Args:
        path: Folder of the bundle, or the study folder that holds it.
        int8: Whether to take the 8-bit model.
        threads: Threads of one prediction; 0 takes every core.

    Raises:
        BundleError: It is damaged, of a newer format, or has no 8-bit model.
    """
    return Predictor(read_bundle(path, int8=int8), threads)
