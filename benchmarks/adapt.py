"""What labels of a field bring: picks against random photos, out of a pool that the judged photos are no part of.

    python benchmarks/adapt.py --home ../shared/data/potato --field ../shared/data/field --seeds 10 \
        --foreign ../shared/data/not-these-classes

Each seed holds out 40% of the field's groups. The rest is the folder that a person has: 30, 60 and 120 of its photos
are picked on the features of the first network, or drawn at random, and labelled as their folder says; the others stay
unlabelled, and the networks teach each other on them. Every network is then adapted as `leafgraft adapt` does it, and
judged on the photos held out, and on a tenth of home that no head has seen. `chosen` is the network that
cross-validation on the labels takes. `rounds` are three of a third each, the head fitted in between. The file is
written anew after every seed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import t
from sklearn.model_selection import StratifiedGroupKFold

from leafgraft.choices.heads.optimum import LinearHead, best_head
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.choices.resolve import resolve
from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.source import open_source
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_sets
from leafgraft.evaluation.distance import KnownLeaf, fit_known_leaf, with_place
from leafgraft.evaluation.field.change import balanced_share
from leafgraft.evaluation.field.cross_validation import Validated, cross_validate
from leafgraft.evaluation.field.fit import Known, Part, Place, fit_settings
from leafgraft.evaluation.field.picking import choose_photos, uncertainty_of
from leafgraft.evaluation.field.teaching import teach
from leafgraft.evaluation.field.thresholds import DECLINED, distances_out_of_fold, known_threshold, set_threshold
from leafgraft.evaluation.metrics import calibration_error
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.candidates import of_every_class
from leafgraft.study.steps.field.picking import look_at_unlabelled
from leafgraft.study.steps.photos import look
from leafgraft.training.frozen.features import crop_features, plain_features, view_features, whole_prefix
from leafgraft.training.photos.photo_rows import PhotoRows
from measured import write_result

NETWORKS = ("mobilenet_v2", "squeezenet1_1", "timm:tf_efficientnet_lite0")
FIGURES = ("accuracy", "balanced", "home", "declined", "right_of_answers", "calibration_error", "foreign_declined")
GAINS = (("picks", "random"), ("rounds", "random"), ("rounds", "picks"))
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Photos:
    """Photos as every network sees them; of those of home close-ups, too, of those of the field other views."""

    features: dict[str, NDArray[np.float32]]
    crops: dict[str, NDArray[np.float32]]
    views: dict[str, NDArray[np.float32]]
    labels: Ints
    groups: NDArray[np.str_]

    def part(self, network: str, rows: Ints) -> Part:
        """Some of them."""
        views = self.views[network][:, rows] if network in self.views else None
        return Part(self.features[network][rows], self.labels[rows], views)


def read(folder: str, classes: Sequence[str], looking: Looking, *, crops: bool = False, views: bool = False) -> Photos:
    """Look at a folder and take the features of all networks."""
    labelled = bool(classes)
    manifest = (
        look(open_source(folder), looking).manifest if labelled else look_at_unlabelled(Path(folder), looking).manifest
    )
    ids = [photo.photo_id for photo in manifest.photos]
    features, close_ups, others = {}, {}, {}
    for name in NETWORKS:
        recipe = resolve(Recipe(Choice(name), strategy=Choice("probe"), image_size=224))
        pixels = open_pixel_map(manifest, 224, looking.cache, looking.progress)
        features[name] = plain_features(recipe, pixels, looking.cache, looking.progress)[pixels.indices(ids)]
        prefix = whole_prefix(recipe, looking.cache, looking.progress)
        rows = PhotoRows.of_map(pixels, "cpu")
        if views:
            others[name] = view_features(prefix, rows)[:, pixels.indices(ids)]
        if crops:
            close_ups[name] = crop_features(prefix, rows)[pixels.indices(ids)]
    labels = [classes.index(photo.label) if labelled else -1 for photo in manifest.photos]
    return Photos(features, close_ups, others, np.array(labels), np.array([photo.group for photo in manifest.photos]))


def folds(photos: Photos, count: int, seed: int) -> list[Ints]:
    """Folds that keep groups whole."""
    made = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [out for _, out in made.split(photos.labels, photos.labels, photos.groups)]


@dataclass(frozen=True)
class Draw:
    """One way to divide home and field."""

    seed: int
    train: Ints
    validation: Ints
    test: Ints
    pool: Ints
    held_out: Ints


def divide(home: Photos, field: Photos, seed: int) -> Draw:
    """Eight tenths, one and one of home; 60% and 40% of the field."""
    at_home, there = folds(home, 10, seed), folds(field, 5, seed)
    train, pool = np.sort(np.concatenate(at_home[2:])), np.sort(np.concatenate(there[2:]))
    return Draw(seed, train, at_home[0], at_home[1], pool, np.sort(np.concatenate(there[:2])))


class Bench:
    """Home, field and photos of no class."""

    def __init__(self, home: Photos, field: Photos, foreign: Photos | None, classes: int) -> None:
        self.home, self.field, self.foreign, self.classes = home, field, foreign, classes
        self._heads: dict[tuple[str, int], LinearHead] = {}
        self._leaves: dict[tuple[str, int], KnownLeaf] = {}

    def fit(self, networks: Sequence[str], draw: Draw, picks: Ints) -> dict[str, tuple[Validated, LinearHead]]:
        """Cross-validate on the labels and fit to all of them, as `leafgraft adapt` does."""
        places = [self._place(network, draw, picks) for network in networks]
        validated = cross_validate(places, self._before(NETWORKS[0], draw))
        said, found = teach(places, np.arange(len(picks))).said, {}
        for network, place, one in zip(networks, places, validated, strict=True):
            ((_, head),) = fit_settings(place.known, place.labelled, [one.setting], said)
            found[network] = one, head
        return found

    def judge(self, network: str, draw: Draw, picks: Ints, fitted: tuple[Validated, LinearHead]) -> dict[str, float]:
        """Figures on photos that had no part."""
        validated, head = fitted
        place, labels = self._place(network, draw, picks), self.field.labels[draw.held_out]
        features = self.field.features[network][draw.held_out]
        temperature = fit_temperature(validated.logits, place.labelled.labels)
        shares = softmax(head.logits(features) / temperature, axis=1)
        in_set = set_threshold(softmax(validated.logits / temperature, axis=1), DECLINED / 2)
        near = self._known_leaf(network, draw)
        own = distances_out_of_fold(place.labelled, validated.fold, near)
        known = with_place(near, place.labelled.features, place.labelled.labels)
        reach, _ = known_threshold(known, place.known.unlabelled, own)
        answered = (known.distances(features) <= reach) & (conformal_sets(shares, in_set).sum(axis=1) == 1)
        right = shares.argmax(axis=1) == labels
        test = self.home.part(network, draw.test)
        found = {
            "accuracy": right.mean(),
            "balanced": balanced_share(right, labels),
            "home": (head.predict(test.features) == test.labels).mean(),
            "declined": 1 - answered.mean(),
            "right_of_answers": right[answered].mean(),
            "calibration_error": calibration_error(shares.max(axis=1), right),
        }
        if self.foreign is not None:
            other = self.foreign.features[network]
            sets = conformal_sets(softmax(head.logits(other) / temperature, axis=1), in_set)
            found["foreign_declined"] = ((known.distances(other) > reach) | (sets.sum(axis=1) != 1)).mean()
        return {name: float(value) for name, value in found.items()}

    def before(self, network: str, draw: Draw) -> dict[str, float]:
        """The head of home alone."""
        head = self._home_head(network, draw)
        features, labels = self.field.features[network][draw.held_out], self.field.labels[draw.held_out]
        right, test = head.predict(features) == labels, self.home.part(network, draw.test)
        at_home = (head.predict(test.features) == test.labels).mean()
        return {"accuracy": right.mean(), "balanced": balanced_share(right, labels), "home": float(at_home)}

    def rounds(self, network: str, draw: Draw, count: int) -> Ints:
        """Three rounds of a third each: typical photos, then what the head of the round before is unsure of."""
        picks = self.picks(draw, count // 3)
        for _ in range(2):
            validated, head = self.fit(NETWORKS, draw, picks)[network]
            rest = np.setdiff1d(draw.pool, picks)
            features = self.field.features[network][rest]
            temperature = fit_temperature(validated.logits, self.field.labels[picks])
            uncertainty = uncertainty_of(softmax(head.logits(features) / temperature, axis=1))
            chosen = choose_photos(features, count // 3, uncertainty)
            picks = np.concatenate([picks, rest[[int(one.rows[0]) for one in chosen]]])
        return picks

    def picks(self, draw: Draw, count: int) -> Ints:
        """Rows of the field that `leafgraft pick` would choose; those drawn at random are fitted to, too."""
        chosen = choose_photos(self.field.features[NETWORKS[0]][draw.pool], count)
        return draw.pool[[int(one.rows[0]) for one in chosen]]

    def _place(self, network: str, draw: Draw, picks: Ints) -> Place:
        labelled, pool = self.field.part(network, picks), self.field.features[network]
        cropped = draw.train[of_every_class(self.home.labels[draw.train])]
        crops = Part(self.home.crops[network][cropped], self.home.labels[cropped])
        rest = np.setdiff1d(draw.pool, picks)
        scale, views = standardisation_of(pool[draw.pool]), self.field.views[network][:, rest]
        known = Known(self.home.part(network, draw.train), self.classes, scale, crops, pool[rest], views)
        return Place(known, self.home.part(network, draw.validation), labelled, self.field.groups[picks])

    def _home_head(self, network: str, draw: Draw) -> LinearHead:
        """The best head of home alone, fitted once per draw."""
        if (network, draw.seed) not in self._heads:
            train, validation = self.home.part(network, draw.train), self.home.part(network, draw.validation)
            parts = (train.features, train.labels), (validation.features, validation.labels)
            self._heads[network, draw.seed] = best_head(*parts, self.classes)
        return self._heads[network, draw.seed]

    def _known_leaf(self, network: str, draw: Draw) -> KnownLeaf:
        """References of home alone, fitted once per draw."""
        if (network, draw.seed) not in self._leaves:
            train = self.home.part(network, draw.train)
            self._leaves[network, draw.seed] = fit_known_leaf(train.features, train.labels)
        return self._leaves[network, draw.seed]

    def _before(self, network: str, draw: Draw) -> NDArray[np.bool_]:
        validation = self.home.part(network, draw.validation)
        return np.asarray(self._home_head(network, draw).predict(validation.features) == validation.labels)


def run(bench: Bench, seeds: int, sizes: Sequence[int]) -> Iterator[dict[str, list[dict[str, float]]]]:
    """Figures of every row of the table, one per seed so far."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for seed in range(seeds):
        draw = divide(bench.home, bench.field, seed)
        for network in NETWORKS:
            found[f"{network}, no labels"].append(bench.before(network, draw))
        for count in sizes:
            ways = {"picks": bench.picks(draw, count)}
            ways["random"] = np.random.default_rng(seed).choice(draw.pool, count, replace=False)
            if count == 60:
                ways["rounds"] = bench.rounds(NETWORKS[0], draw, count)
            for way, picks in ways.items():
                fitted = bench.fit(NETWORKS, draw, picks)
                judged = {name: bench.judge(name, draw, picks, one) for name, one in fitted.items()}
                for network, figures in judged.items():
                    found[f"{network}, {count} {way}"].append(figures)
                best = min(fitted, key=lambda one: (not fitted[one][0].keeps_home, fitted[one][0].loss))
                found[f"chosen, {count} {way}"].append(judged[best])
        print(f"seed {seed}: done", flush=True)
        yield found


def summarise(found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean over seeds with the half width of its 95% interval."""
    rows = {}
    for name, seeds in found.items():
        rows[name] = {}
        for figure in FIGURES:
            values = np.array([one[figure] for one in seeds if figure in one])
            if len(values):
                half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0
                rows[name][figure] = {"mean": round(float(values.mean()), 4), "half_width": round(float(half), 4)}
    return rows


def gains(found: dict[str, list[dict[str, float]]], way: str, over: str) -> dict[str, dict[str, float]]:
    """Balanced accuracy with photos chosen in one way less that with as many chosen in another, seed by seed."""
    rows = {}
    for name in [one for one in found if one.endswith(f" {way}")]:
        other = found[name.removesuffix(way) + over]
        values = np.array([a["balanced"] - b["balanced"] for a, b in zip(found[name], other, strict=True)])
        half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0
        rows[name] = {"mean": round(float(values.mean()), 4), "half_width": round(float(half), 4)}
    return rows


def main() -> None:
    """Print a table and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", required=True)
    parser.add_argument("--field", required=True)
    parser.add_argument("--foreign", default="")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 60, 120])
    given = parser.parse_args()
    looking = Looking(CacheFolder(default_cache_path()), Silent())
    classes = look(open_source(given.home), looking).manifest.classes
    home, field = read(given.home, classes, looking, crops=True), read(given.field, classes, looking, views=True)
    foreign = read(given.foreign, (), looking) if given.foreign else None
    for found in run(Bench(home, field, foreign, len(classes)), given.seeds, given.sizes):
        rows, seeds = summarise(found), len(next(iter(found.values())))
        gained = {f"{way}_over_{over}": gains(found, way, over) for way, over in GAINS}
        values = {"seeds": seeds, "rows": rows, **gained}
        write_result(Path(__file__).with_suffix(".json"), values)
    print("| | " + " | ".join(name.replace("_", " ") for name in FIGURES) + " |")
    print("|---|" + "---|" * len(FIGURES))
    for name, figures in rows.items():
        cells = [
            f"{100 * one['mean']:.1f} ± {100 * one['half_width']:.1f}" if one else ""
            for one in (figures.get(figure) for figure in FIGURES)
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")
    for way, over in GAINS:
        for name, one in gained[f"{way}_over_{over}"].items():
            print(f"{name}: {100 * one['mean']:+.1f} ± {100 * one['half_width']:.1f} points balanced over {over}")


if __name__ == "__main__":
    main()
