"""The architecture flow picture: stages in order, where auxiliary heads tap, which stages learn in which phase."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from leafgraft.languages.speaking import said
from leafgraft.records.display import counted
from leafgraft.report.contents import Architecture, Plain
from leafgraft.report.svg import drawing, lettering, text

BOX, GAP, LEFT = 92.0, 14.0, 96.0
HEAD = "head"


def flow_picture(architecture: Architecture) -> Markup:
    """Photo, stages and head from left to right; below, one row per phase with the learning parts filled."""
    names = [lettering("photo"), *architecture.stages, lettering(HEAD)]
    width = LEFT + (BOX + GAP) * len(names)
    top = 46.0 if architecture.auxiliary_taps else 14.0
    parts = _boxes(names, architecture.auxiliary_taps, top)
    y = top + 62
    shown = architecture.phases
    for index, phase in enumerate(shown):
        parts += _phase_row(phase, _until(shown, index), architecture, y)
        y += 34
    return drawing(width, y + 8, parts, f"{architecture.recipe}: {said(describe_flow(architecture))}")


def _until(phases: Sequence[Plain], index: int) -> int | None:
    return int(phases[index + 1]["from_epoch"]) if index + 1 < len(phases) else None


def _boxes(names: Sequence[str], taps: Sequence[str], top: float) -> list[str]:
    parts = []
    for number, name in enumerate(names):
        x = LEFT + (BOX + GAP) * number
        parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{BOX}" height="38" rx="5" class="box"/>')
        parts.append(text(x + BOX / 2, top + 24, name if len(name) < 15 else f"{name[:13]}…", "small", "middle"))
        if number:
            parts.append(f'<path d="M{x - GAP:.1f} {top + 19:.1f}H{x - 4:.1f}" class="arrow"/>')
            tip = f"M{x - 6:.1f} {top + 15:.1f}L{x - 1:.1f} {top + 19:.1f}L{x - 6:.1f} {top + 23:.1f}"
            parts.append(f'<path d="{tip}" class="arrow"/>')
        if name in taps:
            at = x + BOX
            parts.append(f'<path d="M{at:.1f} {top + 6:.1f}V30" class="arrow"/>')
            parts.append(f'<rect x="{at - 44:.1f}" y="6" width="88" height="24" rx="5" class="auxiliary"/>')
            parts.append(text(at, 22, lettering(f"auxiliary {list(taps).index(name) + 1}"), "small", "middle"))
    return parts


def _phase_row(phase: Plain, until: int | None, architecture: Architecture, y: float) -> list[str]:
    start = int(phase["from_epoch"]) + 1
    words = f"epoch {start} on" if until is None else f"epochs {start}–{until}"
    if until == start:
        words = f"epoch {start}"
    if is_solved(phase):
        words = "no epochs"
    verb = "solved for" if is_solved(phase) else "learns"
    parts = [text(2, y + 18, lettering(words), "small")]
    for number, name in enumerate([*architecture.stages, HEAD], start=1):
        x = LEFT + (BOX + GAP) * number
        learns = name == HEAD or name in phase["learning"]
        scale = phase["rate_scale"].get(name, 1.0)
        kind = "learns" if learns else "frozen"
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX}" height="26" rx="4" class="{kind}"/>')
        label = (verb if scale == 1.0 else f"{verb} ×{scale:.2g}") if learns else "frozen"
        parts.append(text(x + BOX / 2, y + 17, lettering(label), "small onfill" if learns else "small faint", "middle"))
    return parts


def is_solved(phase: Plain) -> bool:
    """Whether a phase as trial.json holds it has nothing to train: its head is at its optimum."""
    return bool(phase.get("head_optimum")) and not phase["learning"]


def describe_flow(architecture: Architecture) -> str:
    """The same in words."""
    sentences = [f"{counted(len(architecture.stages), 'stage')}, then a {architecture.head} head."]
    if architecture.auxiliary_taps:
        sentences.append(
            f"Auxiliary heads tap after {' and '.join(architecture.auxiliary_taps)} (loss weight 0.3 each); they are "
            "gone in use."
        )
    for index, phase in enumerate(architecture.phases):
        until = _until(architecture.phases, index)
        start = int(phase["from_epoch"]) + 1
        span = f"In epoch {start}" if until == start else f"From epoch {start}" + (f" to {until}" if until else "")
        learning = list(phase["learning"])
        if is_solved(phase):
            sentences.append("The head is solved for, at its optimum on frozen features; there are no epochs.")
            continue
        if not learning:
            what = "only the head learns"
        elif len(learning) == len(architecture.stages):
            what = "all stages learn"
        else:
            what = f"{', '.join(learning)} and the head learn"
        optimum = ", from a head at its convex optimum" if phase.get("head_optimum") else ""
        sentences.append(f"{span} {what}{optimum}.")
    return " ".join(sentences)
