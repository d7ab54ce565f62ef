"""Errors that a person can act on.

Every error has three parts: what was asked, what was found, and what to do. Catch `LeafgraftError` to catch
them all.
"""

from __future__ import annotations


class LeafgraftError(Exception):
    """Root of all errors that leafgraft raises on purpose.

    Args:
        asked: What was asked for, naming the file or key.
        found: What was found instead.
        mend: What the person can do about it.

    Example:
        >>> str(LeafgraftError("Class folder 'Late' must hold 10 photos.", "It holds 3.", "Add photos."))
        "Class folder 'Late' must hold 10 photos. It holds 3. Add photos."
    """

    exit_code = 1

    def __init__(self, asked: str, found: str, mend: str) -> None:
        super().__init__(f"{asked} {found} {mend}")
        self.asked = asked
        self.found = found
        self.mend = mend

    def __reduce__(self) -> tuple[type[LeafgraftError], tuple[str, str, str]]:
        """Rebuild with all three parts, so that worker processes can pass errors on."""
        return type(self), (self.asked, self.found, self.mend)


class UsageError(LeafgraftError):
    """The command or its arguments cannot be used as given."""

    exit_code = 2


class StudyFileError(UsageError):
    """A study file has an unknown key, a wrong value or a wrong shape."""


class MenuError(UsageError):
    """A menu name or one of its settings is unknown or out of range."""


class CombinationError(MenuError):
    """Choices that are each on their menu, but do not go together."""


class PhotosError(LeafgraftError):
    """The photos cannot be used: missing folder, one class, too few photos."""


class LabelsError(LeafgraftError):
    """A file of labels or picks from the field cannot be used as it is."""


class SplitError(LeafgraftError):
    """The photos cannot be split as asked."""


class WeightsError(LeafgraftError):
    """Pretrained weights cannot be had, or do not fit the network."""


class PredictionsError(LeafgraftError):
    """A predictions file is malformed, or does not match the others."""


class StudyFolderError(LeafgraftError):
    """The study folder cannot be written, is damaged, or is held by another run."""


class TrainingError(LeafgraftError):
    """A trial cannot be trained: not-a-number loss, out of memory."""


class ConvergenceError(TrainingError):
    """The best linear head is not reached to the stated tolerance."""


class BundleError(LeafgraftError):
    """A bundle is damaged, of a newer format, or lacks a file."""


# Of onnxruntime and torch on a processor, which have no type for it.
FULL_MEMORY = ("bad_alloc", "ailed to allocate", "can't allocate", "DefaultCPUAllocator")


def says_full_memory(error: BaseException) -> bool:
    """Whether this is NumPy's, a GPU's or the processor's word for a full memory."""
    of_its_kind = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return of_its_kind or any(words in str(error) for words in FULL_MEMORY)
