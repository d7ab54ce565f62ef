"""How often the statistics are wrong, and how often they find what is there. Writes docs/statistics.md's tables.

    python benchmarks/null_studies.py --write docs/statistics.md --picture docs/tiers.svg --json FILE

Studies are drawn: an answer is right if difficulty of leaf and photo, the recipe's own view of the leaf and photo, the
seed's, and the seed's general level add up to more than a threshold. Answers of two recipes to one photo correlate by
0.5 on that scale, of two seeds of one recipe by 0.7.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import stats

from leafgraft.evaluation.comparison.compare import ALPHA, holm
from leafgraft.evaluation.comparison.tiers import rank
from leafgraft.evaluation.gaps import parts_of, share_of_groups
from leafgraft.evaluation.intervals import resample
from leafgraft.evaluation.predictions.aligned_rows import Answers, Rows
from leafgraft.evaluation.sign_flip import sign_flip_p
from leafgraft.report.svg import Line, line_chart

PHOTOS, BEST, SHOWN_GAP = 400, 0.95, 0.05
MANY, PORTION = 40, 100  # of so many recipes false winners alone are counted, so many studies at a time
NO_RESAMPLES = 2  # they have a part in macro-F1 alone, not in tiers
LEAF, PHOTO, RECIPE_PHOTO, RECIPE_LEAF, SEED_PHOTO = 0.35, 0.15, 0.15, 0.05, 0.30
START, END = "<!-- null_studies: start -->", "<!-- null_studies: end -->"


@dataclass(frozen=True)
class Setting:
    """True accuracies of the recipes, and how their seeds scatter (standard deviation on the latent scale)."""

    title: str
    accuracies: tuple[float, ...]
    seeds: int = 3
    scatter: float = 0.05
    share: float = 1.0  # of the studies asked for; less for what takes long


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


def judge(setting: Setting, studies: int, resamples: int, portion: int = 0) -> dict[str, float]:
    """Shares over all studies of one portion."""
    generator = np.random.default_rng(20_240_501 + portion)
    many = len(setting.accuracies) >= MANY
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for study in range(studies):
        rows = draw(setting, generator)
        draws = resample(rows, NO_RESAMPLES if many else resamples, study)
        ranking = rank(rows, draws, [()] * len(rows.answers), study)
        pairs = ranking.pairs
        accuracy = {answers.name: float(answers.correct.mean()) for answers in rows.answers}
        truth = dict(zip(accuracy, setting.accuracies, strict=True))
        best = [name for name, value in truth.items() if value == max(truth.values())]
        note("false winner: a best recipe below tier 1", any(ranking.tiers[name] > 1 for name in best))
        note("several tiers", max(ranking.tiers.values()) > 1)
        equal = [pair for pair in pairs if truth[pair.a] == truth[pair.b]]
        note("false, any pair, corrected", any(pair.p_adjusted < ALPHA for pair in equal))
        note("false, any pair, Holm", any(pair.p_holm < ALPHA for pair in equal))
        if many:
            continue
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
                note("found, corrected for all pairs", pair.p_adjusted < ALPHA)
                note("found, after Holm", pair.p_holm < ALPHA)
                note("found by McNemar on seed 1", by_mcnemar < ALPHA)
                note("found by an unpaired test of seed 1", _unpaired(rows, pair.a, pair.b) < ALPHA)
        for answers in rows.answers:
            true, (value, interval) = truth[answers.name], share_of_groups(answers.correct, rows.group)
            note("coverage of accuracies", interval[0] <= true <= interval[1])
            parts = parts_of(answers.correct, rows.group)
            reach = 1.96 * (parts.of_groups + parts.of_seeds) ** 0.5
            note("coverage of accuracies by 1.96 standard errors", abs(value - true) <= reach)
        winners = zip(pairs, holm(mcnemar), strict=True)
        false = any(p < ALPHA and truth[pair.a] == truth[pair.b] for pair, p in winners)
        note("false winner by McNemar on seed 1, Holm", false)
    return {name: float(np.mean(values)) for name, values in found.items()}


@dataclass(frozen=True)
class Power:
    """One line of the table: recipes that are `gap` worse than the best, among `recipes` in all."""

    recipes: int
    gap: float
    worse: int

    @property
    def setting(self) -> Setting:
        """The worse ones stand last."""
        return Setting("", (BEST,) * (self.recipes - self.worse) + (BEST - self.gap,) * self.worse)


def place(line: Power, studies: int) -> dict[str, float]:
    """How often a worse recipe is told from the best: shares over all studies and all worse recipes."""
    generator = np.random.default_rng(20_240_502)
    worse = [f"r{index}" for index in range(line.recipes - line.worse, line.recipes)]
    found: dict[str, list[float]] = {"lower tier": [], "lower tier by Holm": [], "pair, Holm": [], "pair, McNemar": []}
    for study in range(studies):
        rows = draw(line.setting, generator)
        ranking = rank(rows, resample(rows, NO_RESAMPLES, study), [()] * line.recipes, study)
        of_holm = {frozenset((pair.a, pair.b)): pair.p_holm for pair in ranking.pairs}
        leader = max(rows.answers, key=lambda answers: float(answers.correct.mean())).name
        found["lower tier"] += [ranking.tiers[name] > 1 for name in worse]
        found["lower tier by Holm"] += [of_holm.get(frozenset((leader, name)), 1.0) < ALPHA for name in worse]
        found["pair, Holm"] += [of_holm[frozenset(("r0", name))] < ALPHA for name in worse]
        found["pair, McNemar"] += [_mcnemar(rows, "r0", name) < ALPHA for name in worse]
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
    Setting("40 equal recipes (0.95), 3 seeds, seeds scatter by 0.5 points", (0.95,) * 40),
    Setting("40 equal recipes (0.95), 3 seeds, seeds scatter by 1 point", (0.95,) * 40, scatter=0.1, share=0.3),
    Setting("40 equal recipes (0.95), 1 seed, no scatter", (0.95,) * 40, seeds=1, scatter=0.0, share=0.3),
    Setting("2 recipes, 0.95 and 0.92, 3 seeds, seeds scatter by 0.5 points", (0.95, 0.92)),
    Setting("2 recipes, 0.95 and 0.92, 1 seed, no scatter", (0.95, 0.92), seeds=1, scatter=0.0),
    Setting("8 recipes, 0.95 and seven of 0.92, 3 seeds, scatter", (0.95, *(0.92,) * 7)),
)


def main() -> None:
    """Run all settings and print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--power-studies", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    started = time.perf_counter()
    judged: list[dict[str, object]] = []
    placed: list[dict[str, float]] = []
    with ProcessPoolExecutor(given.jobs) as pool:
        tables = [_submit(pool, setting, round(given.studies * setting.share), given.resamples) for setting in SETTINGS]
        rows = [pool.submit(place, line, given.power_studies) for line in LINES]
        for setting, table in zip(SETTINGS, tables, strict=True):
            judged.append({"setting": setting.title, "studies": round(given.studies * setting.share), **_mean(table)})
            print(_table(judged[-1]), f"\n({time.perf_counter() - started:.0f} s)\n", flush=True)
        for line, row in zip(LINES, rows, strict=True):
            placed.append({**asdict(line), **row.result()})
            print(_power_row(placed[-1]), f"({time.perf_counter() - started:.0f} s)", flush=True)
    where = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    head = (
        f"`python benchmarks/null_studies.py --studies {given.studies} --power-studies {given.power_studies} "
        f"--resamples {given.resamples}`, {where}, {time.perf_counter() - started:.0f} s, {given.jobs} processes, "
        f"beside other work. Studies of {PHOTOS} test photos in groups of 1 to 4; a share of 5% over {given.studies} "
        f"of them has a standard error of {100 * (0.05 * 0.95 / given.studies) ** 0.5:.1f} points."
    )
    if given.json:
        given.json.write_text(
            json.dumps({"command": head, "judged": judged, "power": placed}, indent=1) + "\n", "utf-8"
        )
    if given.picture:
        given.picture.write_text(picture(placed), "utf-8")
    if given.write:
        power = "\n".join([POWER_HEAD, *(_power_row(row) for row in placed)])
        before, rest = given.write.read_text(encoding="utf-8").split(START)
        parts = [before + START, head, power, *map(_table, judged), END + rest.split(END)[1]]
        given.write.write_text("\n\n".join(parts), encoding="utf-8")


def _submit(
    pool: ProcessPoolExecutor, setting: Setting, studies: int, resamples: int
) -> list[Future[dict[str, float]]]:
    if len(setting.accuracies) < MANY:
        return [pool.submit(judge, setting, studies, resamples)]
    return [pool.submit(judge, setting, PORTION, resamples, portion) for portion in range(max(1, studies // PORTION))]


def _mean(portions: list[Future[dict[str, float]]]) -> dict[str, float]:
    found = [portion.result() for portion in portions]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


LINES = tuple(
    Power(recipes, gap, 1 if one else recipes - 1)
    for recipes, gap, one in product((5, 10, 20, 40), (0.03, 0.05, 0.10), (True, False))
)
POWER_HEAD = """**Power: share of the worse recipes that are told from the best, 3 seeds that scatter by 0.5 points**

| recipes | points worse | how many | lower tier | by Holm | pair with the best, Holm | that pair, one McNemar |
|---|---|---|---|---|---|---|"""


def picture(placed: Sequence[dict[str, float]]) -> str:
    """Share of recipes five points worse that are told from the one best recipe, by number of recipes."""
    rows = [row for row in placed if row["gap"] == SHOWN_GAP and row["worse"] > 1]
    numbers = [float(row["recipes"]) for row in rows]
    curves = {"tiers": "lower tier", "Holm": "pair, Holm", "one McNemar": "pair, McNemar"}
    lines = [
        Line(name, numbers, [100 * row[key] for row in rows], colour, dashed=name == "one McNemar")
        for colour, (name, key) in enumerate(curves.items())
    ]
    words = "%: tiers (blue), Holm (orange), one McNemar (green)"
    figure = line_chart(lines, [], f"Recipes five points worse, told from the best: {words}", ("recipes", words))
    style = ".line{fill:none;stroke:#0072b2;stroke-width:2}.l1{stroke:#d55e00}.l2{stroke:#009e73}"
    style += ".grid{stroke:#ddd}text{font:11px sans-serif}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="240"><style>{style}</style>'
    return str(figure).replace("<svg", head + "<svg", 1) + "</svg>\n"


def _power_row(row: dict[str, float]) -> str:
    shares = [f"{100 * row[name]:.0f}%" for name in ("lower tier", "lower tier by Holm", "pair, Holm", "pair, McNemar")]
    return f"| {row['recipes']} | {100 * row['gap']:.0f} | {row['worse']} | {' | '.join(shares)} |"


def _table(row: dict[str, object]) -> str:
    lines = [f"| {name} | {100 * value:.1f}% |" for name, value in sorted(row.items()) if isinstance(value, float)]
    return "\n".join([f"**{row['setting']}: {row['studies']:,} studies**", "", "| | share |", "|---|---|", *lines])


if __name__ == "__main__":
    main()
