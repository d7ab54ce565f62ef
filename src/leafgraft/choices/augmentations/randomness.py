"""Counter-based random numbers: a pure function of seed, epoch, photo and operation.

What is drawn for a photo does not depend on its batch, on the order of photos, on a resume, or on the machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from leafgraft.choices.lazy import NDArray, Tensor, np, torch

_GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed number
_MIX_1 = -4658895280553007687  # 0xBF58476D1CE4E5B9
_MIX_2 = -7723592293110705685  # 0x94D049BB133111EB


def photo_keys(photo_ids: Sequence[str]) -> NDArray[np.int64]:
    """Keys of photos: their ids as 64-bit numbers (any text is hashed), shape (N,).

    Args:
        photo_ids: Ids of N photos.
    """
    digests = [hashlib.blake2b(photo_id.encode(), digest_size=8).digest() for photo_id in photo_ids]
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)


def uniforms(keys_n: Tensor, seed: int, epoch: int, operation: int, count: int) -> Tensor:
    """Numbers from 0 to 1 (not reached).

    Args:
        keys_n: Keys of the photos as `photo_keys` gives them, int64, shape (N,).
        seed: Seed of the trial.
        epoch: Epoch, counted from 0.
        operation: Number of the operation that asks, from 0 to 1023.
        count: Numbers for each photo.

    Returns:
        float32, shape (N, count): whole multiples of 2^-24, which single precision holds exactly.

    Source:
        Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators (SplitMix64).
    """
    state = _mix(keys_n + _wrapped(seed * _GOLDEN))
    state = _mix(state + _wrapped((epoch * 1024 + operation) * _GOLDEN))
    steps = torch.arange(1, count + 1, device=keys_n.device, dtype=torch.int64) * _GOLDEN
    bits = _mix(state[:, None] + steps)
    return _shift(bits, 40).float() / 2.0**24


def _mix(state: Tensor) -> Tensor:
    state = (state ^ _shift(state, 30)) * _MIX_1
    state = (state ^ _shift(state, 27)) * _MIX_2
    return state ^ _shift(state, 31)


def _shift(state: Tensor, places: int) -> Tensor:
    """Logical shift to the right: torch's own keeps the sign."""
    return (state >> places) & ((1 << (64 - places)) - 1)


def _wrapped(number: int) -> int:
    """The same number modulo 2^64, as a signed 64-bit one: torch takes no larger ones."""
    return (number + 2**63) % 2**64 - 2**63


def permutation(seed: int, epoch: int, rows: int, purpose: int) -> NDArray[np.int64]:
    """A shuffle of ``range(rows)`` that depends on seed, epoch and purpose alone, shape (rows,).

    Args:
        seed: Seed of the trial.
        epoch: Epoch, counted from 0.
        rows: Number of rows to shuffle.
        purpose: Number that tells shuffles of different use in one epoch apart.

    Example:
        >>> sorted(permutation(seed=0, epoch=1, rows=4, purpose=2).tolist())
        [0, 1, 2, 3]
    """
    return np.random.default_rng([purpose, seed, epoch]).permutation(rows)
