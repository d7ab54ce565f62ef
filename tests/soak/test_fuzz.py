"""Whatever is in a file: an error of three parts, or a photo that is listed; never anything else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import shutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import VALUES, WORDS, spoil_bytes, spoil_json, spoil_text
from PIL import Image

from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.group_file import read_group_file
from leafgraft.data.read.manifest import manifest_text, read_manifest
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.data.split import split
from leafgraft.errors import LeafgraftError
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.common_photos import keep_common
from leafgraft.evaluation.predictions.named_files import name_files
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.predictions import Predictions, write_predictions
from leafgraft.storage.study_file import load_study
from leafgraft.study import report
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.photos import look
from leafgraft.study.trial_list import resolve_recipes
from leafgraft.web.answer import decline_unreadable
from leafgraft.web.predictor import Predictor, load_bundle

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = 60, 1000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(36_000)]


@dataclass
class Soak:
    """What became of the cases of one kind.

    Attributes:
        kind: What was spoiled.
        count: Cases to try.
        chance: Draws them.
        cases: Tried so far.
        refused: Of these, refused in three parts.
        failures: What else came, each with its case.
    """

    kind: str
    count: int
    chance: random.Random
    cases: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)

    def attempt(self, action: Callable[[], object], case: object) -> None:
        """Try one case: only an error of three parts may come out of it."""
        self.cases += 1
        try:
            action()
        except LeafgraftError as error:
            self.refused += 1
            if not all((error.asked, error.found, error.mend)):
                self.failures.append(f"an error without three parts: {error!r} from {case!r}")
        except Exception:  # noqa: BLE001 - the very thing that is looked for
            self.failures.append(f"{traceback.format_exc(limit=-3)} from {case!r}"[:3000])

    def __str__(self) -> str:
        return f"{self.kind}: {self.cases:,} cases, {self.refused:,} refused in words, {len(self.failures)} failures"


@pytest.fixture
def soak(nightly: bool, tell: Callable[[str], None], request: pytest.FixtureRequest) -> Iterator[Soak]:
    """Count the cases of a test; it fails if one of them did."""
    kind = request.node.name.removeprefix("test_spoiled_").replace("_", " ")
    found = Soak(kind, LARGE if nightly else SMALL, random.Random(kind))
    yield found
    tell(str(found))
    assert found.cases >= found.count
    assert not found.failures, f"{len(found.failures)} failures, such as\n" + "\n".join(found.failures[:3])


def draw(chance: random.Random, size: tuple[int, int] = (40, 30)) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(chance.randrange(2**32))
    return generator.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)


def photos(chance: random.Random) -> list[tuple[str, bytes]]:
    """Whole photos of every kind that cameras, phones and screens make."""
    exif = Image.Exif()
    exif[274], exif[271], exif[306] = 6, "Maker", "2026:01:01 10:00:00"
    rgb = Image.fromarray(draw(chance))
    made: list[tuple[str, Image.Image, dict[str, Any]]] = [
        ("jpg", rgb, {"exif": exif}),
        ("jpg", rgb, {"progressive": True, "quality": 50}),
        ("jpg", rgb.convert("CMYK"), {}),
        ("jpg", rgb.convert("L"), {}),
        ("png", rgb, {"exif": exif}),
        ("png", rgb.quantize(8), {"transparency": 0}),
        ("png", rgb.convert("RGBA"), {}),
        ("png", Image.fromarray(draw(chance)[:, :, 0].astype(np.uint16) * 250), {}),
        ("gif", rgb.quantize(8), {"save_all": True, "append_images": [rgb.rotate(90).quantize(8)]}),
        ("bmp", rgb, {}),
        ("tif", rgb, {"compression": "tiff_lzw"}),
        ("tif", Image.fromarray(draw(chance)[:, :, 0].astype(np.float32)), {}),
        ("webp", rgb, {"exif": exif}),
        ("webp", rgb, {"lossless": True}),
    ]
    found = []
    for suffix, image, options in made:
        buffer = io.BytesIO()
        image.save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()), **options)
        found.append((suffix, buffer.getvalue()))
    return found


def test_spoiled_photos(soak: Soak, tmp_path: Path) -> None:
    whole = photos(soak.chance)
    portion = 20
    for start in range(0, soak.count, portion):
        root = tmp_path / f"photos{start}"
        for name in ("A", "B"):
            (root / name).mkdir(parents=True)
            for number in range(2):
                Image.fromarray(draw(soak.chance)).save(root / name / f"whole{number}.png")
        for number in range(portion):
            suffix, content = soak.chance.choice(whole)
            (root / "AB"[number % 2] / f"{number}.{suffix}").write_bytes(spoil_bytes(content, soak.chance))
        looking = Looking(CacheFolder(tmp_path / "cache"), Silent())
        looked = look(open_source(str(root)), looking)
        open_pixel_map(looked.manifest, 32, looking.cache, Silent())
        manifest = looked.manifest
        listed = {photo.path for photo in manifest.photos} | {one.path for one in manifest.unreadable}
        listed |= {path for paths in (*manifest.copies, *manifest.conflicts) for path in paths}
        everything = {path.relative_to(root).as_posix() for path in root.glob("*/*")}
        soak.cases += portion
        soak.refused += len(manifest.unreadable)
        soak.failures += [f"not listed: {path}" for path in everything - listed]
        shutil.rmtree(root)


def check_study(path: Path) -> None:
    resolve_recipes(load_study(path))


def test_spoiled_study_files(soak: Soak, tmp_path: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "studies").glob("*.yaml"))]
    path = tmp_path / "study.yaml"
    for number in range(soak.count):
        text = soak.chance.choice(texts)
        content = spoil_bytes(text.encode(), soak.chance) if number % 3 == 0 else spoil_text(text, soak.chance).encode()
        path.write_bytes(content)
        soak.attempt(lambda: check_study(path), content)


KEYS = st.sampled_from(
    [
        *("photos", "name", "split", "training", "recipes", "also_test", "groups", "exclude", "ensembles", "tta"),
        *("backbone", "weights", "batch_norm", "auxiliary", "strategy", "head", "loss", "optimizer", "learning_rate"),
        *("scheduler", "augmentation", "image_size", "seeds", "epochs", "views", "folds", "of", "members", "tune"),
        *("vgg16", "frozen", "gradual", "unfreeze_at", "mlp", "hidden", "focal", "gamma", "cosine", "blur", "field"),
    ]
)
LEAVES = (
    st.sampled_from([*VALUES, *WORDS, "best", "all", "frozen", "vgg16", "pretrained", "none", "focal"]) | st.integers()
)
TREES = st.recursive(
    LEAVES | st.floats() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_spoiled_study_values(soak: Soak, tmp_path: Path) -> None:
    """Shipped studies in which one value, or one key of the top level, is anything, by Hypothesis."""
    path = tmp_path / "study.yaml"
    shipped = [yaml.safe_load(one.read_text(encoding="utf-8")) for one in sorted((ROOT / "studies").glob("*.yaml"))]

    @settings(max_examples=soak.count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(shipped), st.randoms(use_true_random=False), st.dictionaries(KEYS, TREES, max_size=1))
    def any_study(study: dict[str, Any], chance: random.Random, more: dict[str, Any]) -> None:
        whole = {**study, **more} if more else spoil_json(study, chance)
        path.write_text(json.dumps(whole), encoding="utf-8")  # JSON is YAML
        soak.attempt(lambda: check_study(path), whole)

    any_study()
    while soak.cases < soak.count:  # Hypothesis ends early where it finds nothing new
        any_study()


def predictions(chance: random.Random, rows: int = 12) -> Predictions:
    generator = np.random.default_rng(chance.randrange(2**32))
    return Predictions(
        photo_id=np.array([f"p{row}" for row in range(rows)]),
        split=np.array(["test"] * rows),
        label=np.arange(rows) % 3,
        logits=generator.normal(size=(rows, 3)).astype(np.float32),
        classes=np.array(["Early", "Late", "건강"]),
        group=np.array([f"g{row // 2}" for row in range(rows)]),
    )


def as_csv(one: Predictions) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["photo_id", "label", *one.classes, "group", "seed"])
    for row in range(len(one.label)):
        shares = [repr(float(share)) for share in one.probabilities[row]]
        writer.writerow([one.photo_id[row], one.classes[one.label[row]], *shares, one.group[row], 0])
    return buffer.getvalue()


def test_spoiled_predictions_files(soak: Soak, tmp_path: Path) -> None:
    first, second = predictions(soak.chance), predictions(soak.chance)
    write_predictions(tmp_path / "whole.npz", first)
    write_predictions(tmp_path / "other.npz", second)
    npz, text = (tmp_path / "other.npz").read_bytes(), as_csv(second)
    for number in range(soak.count):
        if number % 3 == 0:
            path, content = tmp_path / "spoiled.npz", spoil_bytes(npz, soak.chance)
        elif number % 3 == 1:
            path, content = tmp_path / "spoiled.npz", other_arrays(second, soak.chance)
        else:
            path, content = tmp_path / "spoiled.csv", spoil_text(text, soak.chance).encode("utf-8", "surrogatepass")
        path.write_bytes(content)
        soak.attempt(
            lambda path=path: evaluate(read_files(name_files([tmp_path / "whole.npz", path]))[0], resamples=20), content
        )


OF_TOOLS = {
    "keras.csv": ("Filename,Predictions", "{0}/{1}.jpg,{0}"),
    "probabilities.csv": (",0,1,filename", "{1},0.7,0.3,{0}/{1}.jpg"),
    "timm.csv": ("filename,index,label,prob", "{0}/{1}.jpg,[0 1],['a' 'b'],[0.7 0.3]"),
    "logits.csv": ("filename,logit_0,logit_1", "{0}/{1}.jpg,0.2,-1.5"),
    "sklearn.csv": ("y_true,y_pred", "{0},a"),
}


def test_spoiled_files_of_other_tools(soak: Soak, tmp_path: Path) -> None:
    photos = [("ab"[number % 2], number) for number in range(10)]
    texts = {name: "\n".join([head, *(line.format(*one) for one in photos)]) for name, (head, line) in OF_TOOLS.items()}
    texts["timm.json"] = json.dumps({f"{a}/{b}.jpg": {"index": [0, 1], "prob": [0.7, 0.3]} for a, b in photos})
    (tmp_path / "whole.csv").write_text(texts["probabilities.csv"], encoding="utf-8")
    for number in range(soak.count):
        name = list(texts)[number % len(texts)]
        content = spoil_text(texts[name], soak.chance).encode("utf-8", "surrogatepass")
        (tmp_path / name).write_bytes(content)
        files = name_files([tmp_path / "whole.csv", tmp_path / name])
        soak.attempt(lambda files=files: evaluate(keep_common(read_files(files)[0], {})[0], resamples=20), content)


def other_arrays(one: Predictions, chance: random.Random) -> bytes:
    """A whole npz in which one array is not what it should be."""
    arrays = {name: getattr(one, name) for name in ("photo_id", "split", "label", "logits", "classes", "group")}
    name = chance.choice(list(arrays))
    array = arrays[name]
    changes: list[Callable[[], Any]] = [
        lambda: array[: len(array) // 2],
        lambda: array[::-1],
        lambda: array.reshape(-1, 1),
        lambda: np.zeros(()),
        lambda: array.astype(np.str_),
        lambda: np.full(array.shape, chance.choice([np.nan, np.inf, -1.0, 2.0**63])),
        lambda: np.full(array.shape, chance.choice(WORDS)),
        lambda: np.repeat(array[:1], len(array), axis=0),
        lambda: np.zeros((0, *array.shape[1:]), array.dtype),
        lambda: np.array([None] * 3),
        lambda: array.astype(">f2") if array.dtype.kind in "fi" else np.array([b"x"] * len(array)),
        lambda: np.full(array.shape, 1 + 2j),
        lambda: np.full(array.shape, np.datetime64("2026-01-01")),
        lambda: np.zeros(len(array), dtype=[("a", "i4"), ("b", "f8")]),
    ]
    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays, name: chance.choice(changes)()})
    return buffer.getvalue()


@pytest.fixture(scope="session")
def drawn_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import importlib.util

    place = ROOT / "tests" / "web" / "drawn_bundle.py"
    spec = importlib.util.spec_from_file_location("drawn_bundle_of_web", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Path(module.write_bundle(tmp_path_factory.mktemp("bundle") / "bundle"))


def answer_one(bundle: Path, photo: np.ndarray[Any, Any]) -> None:
    predictor: Predictor = load_bundle(bundle, threads=1)
    answer = predictor.predict(photo)
    json.dumps(answer.to_json(), allow_nan=False)
    decline_unreadable("", "").to_json()


def test_spoiled_bundles(soak: Soak, drawn_bundle: Path, tmp_path: Path) -> None:
    """Files changed on the way; and an index, or a model whose hash was made to fit, by an enemy."""
    photo = draw(soak.chance)
    index = json.loads((drawn_bundle / "bundle.json").read_text(encoding="utf-8"))
    for number in range(soak.count):
        bundle = tmp_path / "bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(drawn_bundle, bundle)
        if number % 3 == 0:
            path = bundle / soak.chance.choice(["bundle.json", "model.onnx", "MODEL_CARD.md"])
            case: object = spoil_bytes(path.read_bytes(), soak.chance)
            path.write_bytes(case)  # type: ignore[arg-type]
        elif number % 3 == 1:
            case = spoil_json(index, soak.chance)
            (bundle / "bundle.json").write_text(json.dumps(case), encoding="utf-8")
        else:
            case = spoil_bytes((bundle / "model.onnx").read_bytes(), soak.chance)
            (bundle / "model.onnx").write_bytes(case)  # type: ignore[arg-type]
            fitting = {"sha256": hashlib.sha256(case).hexdigest(), "bytes": len(case)}  # type: ignore[arg-type]
            files = {**index["files"], "model.onnx": fitting}
            (bundle / "bundle.json").write_text(json.dumps({**index, "files": files}), encoding="utf-8")
        soak.attempt(lambda bundle=bundle: answer_one(bundle, photo), case)


def rows_of(root: Path) -> str:
    lines = ["path,label,group,split"]
    for number, path in enumerate(sorted(root.glob("*/*.png"))):
        part = ("train", "train", "train", "validation", "test")[number % 5]
        lines.append(f"{path.relative_to(root).as_posix()},{path.parent.name},g{number // 2},{part}")
    return "\n".join(lines) + "\n"


def test_spoiled_tables_of_photos(soak: Soak, tmp_path: Path) -> None:
    """CSV files that name photos, files of groups, and manifests."""
    for name in ("A", "B", "잎 C"):
        (tmp_path / name).mkdir()
        for number in range(8):
            Image.fromarray(draw(soak.chance, (8, 8))).save(tmp_path / name / f"{number}.png")
    cache, text = CacheFolder(tmp_path / "cache"), rows_of(tmp_path)
    whole = scan(open_source(str(tmp_path)), cache, Silent()).manifest
    table = tmp_path / "photos.csv"

    def divide() -> None:
        split(scan(open_source(str(table)), cache, Silent()).manifest, SplitPlan())

    groups = {one.path: one.group for one in whole.photos}
    others: list[tuple[str, str, Callable[[Path], object]]] = [
        (
            "groups.csv",
            "path,group\n" + "".join(f"{k},{v}\n" for k, v in groups.items()),
            lambda p: read_group_file(p, whole),
        ),
        ("groups.json", json.dumps(groups, indent=0), lambda p: read_group_file(p, whole)),
        ("manifest.csv", manifest_text(Manifest("/x", tuple(example_photos()))), lambda p: read_manifest(p, "/x")),
    ]
    for number in range(soak.count):
        bytewise = soak.chance.random() < 0.3
        if number % 2 == 0:
            spoiled = spoil_bytes(text.encode(), soak.chance) if bytewise else spoil_text(text, soak.chance).encode()
            table.write_bytes(spoiled)
            soak.attempt(divide, spoiled)
        else:
            name, content, read = soak.chance.choice(others)
            spoiled = (
                spoil_bytes(content.encode(), soak.chance) if bytewise else spoil_text(content, soak.chance).encode()
            )
            (tmp_path / name).write_bytes(spoiled)
            soak.attempt(lambda name=name, read=read: read(tmp_path / name), (name, spoiled))


def example_photos() -> Iterator[Photo]:
    for number in range(6):
        yield Photo(f"{number:016x}", f"A/잎 {number}.jpg", "AB"[number % 2], 10, 20, f"g{number // 2}")


def test_spoiled_study_folders(soak: Soak, finished_study: Path, tmp_path: Path) -> None:
    """Results changed by hand, their checksums deleted: the page is built, or says what does not fit."""
    names = ["plan.json", "evaluation.json", "verdict.json", "audit.json", "splits.json", "run.json", "costs.json"]
    names += ["robustness.json", "manifest.csv", "resolved.yaml"]
    shutil.copytree(finished_study, tmp_path / "study")
    study = tmp_path / "study"
    (study / "checksums.json").unlink()
    for number in range(soak.count):
        name = soak.chance.choice(names)
        content = (finished_study / name).read_bytes()
        if name.endswith(".json") and number % 3:
            content = json.dumps(spoil_json(json.loads(content), soak.chance)).encode()
        else:
            content = spoil_bytes(content, soak.chance)
        (study / name).write_bytes(content)
        soak.attempt(lambda: report(study), (name, content[:500]))
        shutil.copy(finished_study / name, study / name)
        (study / "checksums.json").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def finished_study(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import leafgraft

    folder = tmp_path_factory.mktemp("finished")
    text = f"""
photos: {drawn_leaves}
image_size: 32
weights: none
augmentation: []
training: {{epochs: 1, patience: 1, batch_size: 32}}
recipes: [{{backbone: squeezenet1_1, strategy: [frozen, uniform]}}]
"""
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    leafgraft.run(str(folder / "small.yaml"), out=folder / "study")
    return folder / "study"
