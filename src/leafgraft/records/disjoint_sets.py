"""Sets that are joined until none shares a member with another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Member = TypeVar("Member", int, str)


def root_of(above: dict[Member, Member], member: Member) -> Member:
    """The member that stands for the set of another; who stands for itself may be absent.

    Args:
        above: Each member with one that is nearer to the root; ways are halved on the way.
        member: Of any set.

    Source:
        Tarjan and van Leeuwen 1984, Worst-case Analysis of Set Union Algorithms: path halving.

    Example:
        >>> root_of({"c": "b", "b": "a"}, "c"), root_of({}, 3)
        ('a', 3)
    """
    while (higher := above.get(member, member)) != member:
        above[member] = above.get(higher, higher)
        member = above[member]
    return member


def joined(sets: Iterable[Iterable[str]]) -> dict[str, str]:
    """Members that hang together by sets, each with the one that it becomes: the first of them, which is left out.

    Example:
        >>> joined([["a", "b"], ["c"], ["b", "d"]])
        {'b': 'a', 'd': 'a'}
    """
    above: dict[str, str] = {}
    for members in sets:
        first = ""
        for member in members:
            one, other = root_of(above, first or member), root_of(above, member)
            first = one
            if one != other:
                above[other] = one
    return {member: root_of(above, member) for member in above}
