"""How often the statistics are wrong, and how often they find what is there. Writes docs/statistics.md's tables.

    python benchmarks/null_studies.py --studies 1000 --write docs/statistics.md

Studies are drawn: an answer is right if difficulty of leaf and photo, the recipe's own view of the leaf and photo, the
seed's, and the seed's general level add up to more than a threshold. Answers of two recipes to one photo correlate by
0.5 on that scale, of two seeds of one recipe by 0.7.
"""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from leafgraft.evaluation.answers import Answers, Rows
from leafgraft.evaluation.compare import ALPHA, compare_pairs, holm, sign_flip_p, tiers
from leafgraft.evaluation.intervals import resample, share_interval, spread

PHOTOS = 400
LEAF, PHOTO, RECIPE_PHOTO, RECIPE_LEAF, SEED_PHOTO = 0.35, 0.15, 0.15, 0.05, 0.30
START, END = "<!-- null_studies: start -->", "<!-- null_studies: end -->"


@dataclass(frozen=True)
class Setting:
    """True accuracies of the recipes, and how their seeds scatter (standard deviation on the latent scale)."""

    title: str
    accuracies: tuple[float, ...]
    seeds: int = 3
    scatter: float = 0.05


def draw(setting: Setting, generator: np.random.Generator) -> Rows:
    """One study."""
    sizes: list[int] = []
    while sum(sizes) < PHOTOS:
        sizes.append(int(generator.integers(1, 5)))
    sizes[-1] -= sum(sizes) - PHOTOS
    group = np.repeat(np.arange(len(sizes)), sizes)
    count, seeds = len(setting.accuracies), setting.seeds
    shared = LEAF**0.5 * generator.standard_normal(len(sizes))[group] + PHOTO**0.5 * generator.standard_normal(PHOTOS)
    own = RECIPE_PHOTO**0.5 * generator.standard_normal((count, 1, PHOTOS))
    own = own + RECIPE_LEAF**0.5 * generator.standard_normal((count, 1, len(sizes)))[:, :, group]
    noise = SEED_PHOTO**0.5 * generator.standard_normal((count, seeds, PHOTOS))
    level = setting.scatter * generator.standard_normal((count, seeds, 1))
    threshold = stats.norm.ppf(setting.accuracies)[:, None, None] * np.sqrt(1 + setting.scatter**2)
    right = shared + own + noise + level + threshold > 0
    label = generator.integers(0, 3, PHOTOS)
    answers = tuple(
        Answers(
            f"r{index}", np.where(lines, label, (label + 1) % 3), lines, np.full(lines.shape, 0.9), 0.1 + 2.0 * ~lines
        )
        for index, lines in enumerate(right)
    )
    return Rows(np.arange(PHOTOS).astype(str), PHOTOS, label, group, len(sizes), ("a", "b", "c"), answers)


def judge(setting: Setting, studies: int, resamples: int) -> dict[str, float]:
    """Shares over all studies."""
    generator = np.random.default_rng(20_240_501)
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for study in range(studies):
        rows = draw(setting, generator)
        draws = resample(rows, resamples, study)
        pairs = compare_pairs(rows, draws)
        accuracy = {answers.name: float(answers.correct.mean()) for answers in rows.answers}
        tier = tiers(accuracy, pairs)
        note("several tiers", max(tier.values()) > 1)
        truth = dict(zip(accuracy, setting.accuracies, strict=True))
        mcnemar = [_mcnemar(rows, pair.a, pair.b) for pair in pairs]
        for pair, by_mcnemar in zip(pairs, mcnemar, strict=True):
            true = truth[pair.a] - truth[pair.b]
            note("coverage of differences", pair.interval[0] <= true <= pair.interval[1])
            low, high = pair.other["macro_f1"]["interval"]
            if true == 0:
                note("coverage of macro-F1 differences", low <= 0 <= high)
                note("false, one pair", pair.p < ALPHA)
                note("false, rows alone", _rows_alone(rows, pair.a, pair.b) < ALPHA)
            else:
                note("found, one pair", pair.p < ALPHA)
                note("found, after Holm", pair.p_holm < ALPHA)
                note("found by McNemar on seed 1", by_mcnemar < ALPHA)
                note("found by an unpaired test of seed 1", _unpaired(rows, pair.a, pair.b) < ALPHA)
        for answers, of in zip(rows.answers, draws, strict=True):
            value, true, found_spread = (
                accuracy[answers.name],
                truth[answers.name],
                spread(of, None, "accuracy", rows.groups),
            )
            interval = share_interval(value, found_spread, rows.groups)
            note("coverage of accuracies", interval[0] <= true <= interval[1])
            note(
                "coverage of accuracies by 1.96 standard errors", abs(value - true) <= 1.96 * found_spread.variance**0.5
            )
        winners = zip(pairs, holm(mcnemar), strict=True)
        false = any(p < ALPHA and truth[pair.a] == truth[pair.b] for pair, p in winners)
        note("false winner by McNemar on seed 1, Holm", false)
    return {name: float(np.mean(values)) for name, values in found.items()}


def _line(rows: Rows, name: str) -> np.ndarray:
    return next(answers.correct for answers in rows.answers if answers.name == name)


def _mcnemar(rows: Rows, a: str, b: str) -> float:
    return sign_flip_p(_line(rows, a)[0].astype(np.int64) - _line(rows, b)[0])


def _rows_alone(rows: Rows, a: str, b: str) -> float:
    """All seeds' rows thrown together as if each were a photo of its own: what must not be done."""
    return sign_flip_p((_line(rows, a).astype(np.int64) - _line(rows, b)).ravel())


def _unpaired(rows: Rows, a: str, b: str) -> float:
    one, other = _line(rows, a)[0].mean(), _line(rows, b)[0].mean()
    pooled = (one + other) / 2
    error = np.sqrt(2 * pooled * (1 - pooled) / PHOTOS)
    return float(2 * stats.norm.sf(abs(one - other) / error)) if error > 0 else 1.0


SETTINGS = (
    Setting("8 equal recipes (0.95), 3 seeds, seeds scatter by 0.5 points", (0.95,) * 8),
    Setting("8 equal recipes (0.95), 3 seeds, seeds do not scatter", (0.95,) * 8, scatter=0.0),
    Setting("8 equal recipes (0.95), 3 seeds, seeds scatter by 1 point", (0.95,) * 8, scatter=0.1),
    Setting("8 equal recipes (0.95), 5 seeds, seeds scatter by 0.5 points", (0.95,) * 8, seeds=5),
    Setting("8 equal recipes (0.95), 1 seed, no scatter", (0.95,) * 8, seeds=1, scatter=0.0),
    Setting("8 equal recipes (0.99), 3 seeds, seeds scatter", (0.99,) * 8),
    Setting("2 recipes, 0.95 and 0.92, 3 seeds, seeds scatter by 0.5 points", (0.95, 0.92)),
    Setting("2 recipes, 0.95 and 0.92, 1 seed, no scatter", (0.95, 0.92), seeds=1, scatter=0.0),
    Setting("8 recipes, 0.95 and seven of 0.92, 3 seeds, scatter", (0.95, *(0.92,) * 7)),
)


def main() -> None:
    """Run all settings and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    started = time.perf_counter()
    blocks = []
    for setting in SETTINGS:
        found = judge(setting, given.studies, given.resamples)
        lines = [f"| {name} | {100 * value:.1f}% |" for name, value in sorted(found.items())]
        blocks.append("\n".join([f"**{setting.title}**", "", "| | share |", "|---|---|", *lines]))
        print(blocks[-1], f"\n({time.perf_counter() - started:.0f} s)\n", flush=True)
    head = (
        f"`python benchmarks/null_studies.py --studies {given.studies} --resamples {given.resamples}`, "
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"{time.perf_counter() - started:.0f} s on one core. {given.studies} studies of {PHOTOS} test photos in groups "
        f"of 1 to 4 each; a share of 5% over them has a standard error of "
        f"{100 * (0.05 * 0.95 / given.studies) ** 0.5:.1f} points."
    )
    if given.write:
        text = given.write.read_text(encoding="utf-8")
        before, rest = text.split(START)
        given.write.write_text(
            before + START + "\n\n" + "\n\n".join([head, *blocks]) + "\n\n" + END + rest.split(END)[1], encoding="utf-8"
        )


if __name__ == "__main__":
    main()
