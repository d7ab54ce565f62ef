"""Names that tell the leaf are found, whatever their form; counters, cameras, moments and sizes are no leaf."""

import random
import unicodedata
import uuid

import pytest

from leafgraft.data.groups.suggestion import suggest_groups
from leafgraft.records.pattern import captured
from leafgraft.records.photo import Photo

CLASSES = ("Early_blight", "Healthy", "Late_blight")


def photos_of(paths):
    """Photos by path and class."""
    return tuple(Photo(str(row), path, label, 8, 8, f"g-{row}") for row, (path, label) in enumerate(sorted(set(paths))))


def in_classes(name_of, count=30, folder="{label}/"):
    chance = random.Random(5)
    return [
        (folder.format(label=label, leaf=number // 3) + name_of(number, label, chance), label)
        for label in CLASSES
        for number in range(count)
    ]


def corners(chance, count):
    return "_".join(f"{chance.randrange(400):04}" for _ in range(count))


def moment(chance):
    return f"2023071{chance.randrange(1, 4)}", f"{chance.randrange(10, 23)}{chance.randrange(1000, 5959):04}"


TELLING = {
    "first": (lambda n, c, r: f"{n // 3}_{n % 3}.jpg", "first"),
    "first, then a counter": (lambda n, c, r: f"{n // 3}_{n:04}.jpg", "first"),
    "first, then anything": (lambda n, c, r: f"{n // 3}_{r.getrandbits(48) | 1 << 47:012x}.jpg", "first"),
    "first, with a letter": (lambda n, c, r: f"{n // 3:02}{'abc'[n % 3]}.jpg", "first"),
    "first, only sometimes a letter": (lambda n, c, r: f"{n // 3}{('', '_b', '_c')[n % 3]}.jpg", "first"),
    "middle": (lambda n, c, r: f"IMG_{n // 3:03}_{n % 3}.jpg", "middle"),
    "after a counter": (lambda n, c, r: f"IMG{n:04}_{n // 3}_x.jpg", "middle"),
    "last": (lambda n, c, r: f"DSC_{r.randrange(9999):04}_{n // 3}.jpg", "last"),
    "last, after a view": (lambda n, c, r: f"{('top', 'bottom', 'side')[n % 3]}_{n // 3}.jpg", "last"),
    "leaf12_a": (lambda n, c, r: f"leaf{n // 3}_{'abc'[n % 3]}.jpg", "leaf"),
    "class and leaf": (lambda n, c, r: f"{c}-leaf-{n // 3}-{n % 3}.jpg", "leaf"),
    "plant3-2": (lambda n, c, r: f"plant{n // 5}-{n % 5}.jpg", "plant"),
    "date, plant, counter": (lambda n, c, r: f"2021-05-0{1 + n % 3}_plant{n // 5}_{n % 5:02}.JPG", "plant"),
    "date and counter": (lambda n, c, r: f"2021-05-0{1 + n // 6}_{n % 6:02}.jpg", "date"),
    "date, then a camera's counter": (lambda n, c, r: f"2023051{n // 10}_IMG_{n % 10:04}.jpg", "day"),
    "first, of crops at random": (lambda n, c, r: f"{n // 3 + 1}_{corners(r, 4)}.jpg", "first"),
    "first, of crops at random, in turn": (lambda n, c, r: f"{n % 10 + 1}_{corners(r, 2)}.jpg", "first"),
    "of a camera, after a copy": (lambda n, c, r: f"copy{n % 3}_IMG_{3000 + n // 3}.jpg", "camera"),
    "of a camera, after a turn": (lambda n, c, r: f"aug_{n % 3}_IMG_{3000 + n // 3}.jpg", "camera"),
    "of a camera, after a number": (lambda n, c, r: f"{n % 3}_DSC{3000 + n // 3}.jpg", "camera"),
    "of anything, after a turn": (lambda n, c, r: f"flip_{n % 3}_{3000 + n // 3}.jpg", "last"),
    "code": (lambda n, c, r: f"{'ABCDE'[n // 6]}{n // 3 % 2 + 1}_{n % 3}.jpg", "code"),
    "prefix": (lambda n, c, r: f"{('oak', 'elm', 'fir', 'ash', 'yew', 'bay')[n // 5]}_{n % 5}.jpg", "prefix"),
    "made from one photo": (lambda n, c, r: f"{uuid.UUID(int=n // 2)}___RS_HL 1{('', '_90deg')[n % 2]}.JPG", "uuid"),
    "made by a web site": (lambda n, c, r: f"IMG_{4000 + n // 3}_jpg.rf.{r.getrandbits(120) | 1:032x}.jpg", "4000"),
    "made by a web site, of a phone": (
        lambda n, c, r: f"20230711_{101100 + n // 3}_jpg.rf.{r.getrandbits(120) | 1:032x}.jpg",
        "moment",
    ),
    "a burst of a phone": (lambda n, c, r: f"IMG_2023-07-11 10.{10 + n // 3}.00_{n % 3}.jpg", "moment"),
    "in Hangul": (lambda n, c, r: f"잎{n // 3}_{n % 3}.jpg", "leaf"),
}


@pytest.mark.parametrize("form", TELLING)
def test_names_that_tell_the_leaf(form):
    photos = photos_of(in_classes(TELLING[form][0]))
    found = suggest_groups(photos)
    assert found is not None
    assert found.shared >= 0.9 * len(photos)
    assert found.value_of == {photo.path: captured(found.pattern, photo.path) for photo in photos}
    sizes = {"plant": 6, "date": 5, "day": 3, "prefix": 6, "uuid": 15}
    assert len(set(found.value_of.values())) == sizes.get(TELLING[form][1], 10)


def test_names_as_a_mac_writes_them_tell_the_leaf():
    trees = ("olivé", "elmé", "firé", "ashé", "yewé", "bayé")
    paths = in_classes(lambda n, c, r: unicodedata.normalize("NFD", f"{trees[n // 5]}_{n % 5}.jpg"))
    photos = photos_of(paths)
    found = suggest_groups(photos)
    assert found is not None
    assert {photo.path for photo in photos} == set(found.value_of)
    assert set(found.value_of.values()) == set(trees)


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (in_classes(TELLING["first"][0]), r"^(\d+)_"),
        (in_classes(TELLING["plant3-2"][0]), r"plant(\d+)"),
        (in_classes(TELLING["date, then a camera's counter"][0]), r"^(\d{4}\d\d\d\d)_"),
        (in_classes(lambda n, c, r: f"IMG_{r.randrange(9999)}.jpg", folder="{label}/plant{leaf}/"), r"/(plant\d+)/"),
        (in_classes(lambda n, c, r: f"{n}.jpg", folder="{label}/2021-05-1{leaf}/"), r"/(\d{4}-\d\d-\d\d)/"),
        ([(f"{part}/{c}/plant{n // 3}/{part}{n}.jpg", c) for part in ("train", "test") for c in CLASSES
          for n in range(30)], r"/(plant\d+)/"),
        ([(f"{part}/{c}/leaf{n}_{view}.jpg", c) for part, view in (("train", "a"), ("test", "b")) for c in CLASSES
          for n in range(20)], r"leaf(\d+)"),
        (in_classes(lambda n, c, r: f"{n}.jpg", folder="{label}/{leaf}/"), r"/(\d+)/"),
    ],
)  # fmt: skip
def test_the_line_to_write(paths, pattern):
    found = suggest_groups(photos_of(paths))
    assert found is not None
    assert found.pattern == pattern
    assert found.shared == len(set(paths))


MUTE = {
    "counter": lambda n, c, r: f"{n:03}.jpg",
    "class and counter": lambda n, c, r: f"{c.lower()}_{n:03}.jpg",
    "class (counter)": lambda n, c, r: f"{c} ({n}).jpg",
    "leaf and counter": lambda n, c, r: f"leaf_{n:04}.jpg",
    "one camera": lambda n, c, r: f"IMG_{r.randrange(9999):04}.JPG",
    "several cameras": lambda n, c, r: f"{r.choice(['IMG_', 'DSC_', 'DSCN', 'P101'])}{r.randrange(9999):04}.JPG",
    "sides with x": lambda n, c, r: f"leaf_{n:03}_{r.choice(['256x256', '640x480'])}.jpg",
    "sides": lambda n, c, r: f"leaf_{n:03}_{r.choice(['256_256', '512_512', '640_480'])}.jpg",
    "one side": lambda n, c, r: f"{r.choice([224, 256, 299, 512, 640, 800])}_{n}.jpg",
    "moment": lambda n, c, r: "_".join(moment(r)) + ".jpg",
    "moment with a prefix": lambda n, c, r: "IMG_" + "_".join(moment(r)) + f"_{n % 3}.jpg",
    "moment, once more": lambda n, c, r: "_".join(moment(r)) + f"({n % 3}).jpg",
    "messenger": lambda n, c, r: f"IMG-2023071{r.randrange(4)}-WA{n:04}.jpg",
    "messenger, on a computer": lambda n, c, r: f"WhatsApp Image 2021-05-0{1 + n % 3} at {n % 12}.{10 + n}.11 PM.jpeg",
    "milliseconds": lambda n, c, r: f"16923{r.randrange(10**8):08}.jpg",
    "hash": lambda n, c, r: f"{r.getrandbits(64):016x}.jpg",
    "PlantVillage": lambda n, c, r: f"{uuid.UUID(int=r.getrandbits(128))}___RS_Early.B {r.randrange(9999)}.JPG",
    "year": lambda n, c, r: f"{r.choice([2019, 2020, 2021])}_{n:03}.jpg",
    "batches": lambda n, c, r: f"{('early', 'late')[n > 16]}_{n:03}.jpg",
    "numbered batches": lambda n, c, r: f"batch{n // 8}_{n % 8}.jpg",
    "corners": lambda n, c, r: f"{r.randrange(1, 21)}_{corners(r, 3)}.jpg",
    "corners and a counter": lambda n, c, r: f"{n + 1}_{corners(r, 3)}.jpg",
    "turns of other photos each": lambda n, c, r: f"aug_{n % 3}_IMG_{3000 + n}.jpg",
    "copies of other photos each": lambda n, c, r: f"{r.randrange(1, 4)}_IMG_{r.randrange(400)}.jpg",
    "numbers of several cameras": lambda n, c, r: f"{r.choice('ABC')}_IMG_{r.randrange(20)}.jpg",
    "copies": lambda n, c, r: f"IMG_{n // 3}{('', ' (1)', ' - Copy')[n % 3]}.jpg",
}


@pytest.mark.parametrize("form", MUTE)
def test_names_that_tell_nothing(form):
    assert suggest_groups(photos_of(in_classes(MUTE[form], count=60))) is None


@pytest.mark.parametrize("seed", range(5))
def test_measurements_repeat_by_chance_alone(seed):
    chance = random.Random(seed)
    names = [(f"A/{chance.randrange(1600):04}_{chance.randrange(900):04}_{n}.jpg", "A") for n in range(400)]
    names += [(f"B/{int(chance.gauss(800, 90)):04}_{chance.randrange(900):04}_{n}.jpg", "B") for n in range(400)]
    assert suggest_groups(photos_of(names)) is None


@pytest.mark.parametrize(("leaves", "crops"), [(12, 3), (20, 3), (40, 2), (40, 3), (100, 2)])
@pytest.mark.parametrize("over_all", [False, True])
def test_leaves_that_are_numbered_without_a_gap_are_found(leaves, crops, over_all):
    chance = random.Random(4)
    first = {label: place * leaves * over_all for place, label in enumerate(CLASSES)}
    paths = [
        (f"{label}/{first[label] + leaf + 1}_{corners(chance, 4)}.jpg", label)
        for label in CLASSES
        for leaf in range(leaves)
        for _ in range(crops)
        if leaf % 20 != 3  # some are missing
    ]
    found = suggest_groups(photos_of(paths))
    assert found is not None
    assert found.pattern == r"^(\d+)_"


def test_counters_that_start_anew_in_each_part_of_a_split_are_no_leaf():
    names = [
        (f"{part}/{label}/{n:03}.jpg", label) for part in ("train", "test") for label in CLASSES for n in range(30)
    ]
    assert suggest_groups(photos_of(names)) is None
    chance = random.Random(1)
    cut = [
        (f"{part}/{label}/{n}_{corners(chance, 3)}.jpg", label)
        for part in ("train", "test")
        for label in CLASSES
        for n in range(60)
    ]
    assert suggest_groups(photos_of(cut)) is None
    parts = [(f"{label}/part{n // 20}/{n}.jpg", label) for label in CLASSES for n in range(80)]
    assert suggest_groups(photos_of(parts)) is None


def test_the_line_that_keeps_classes_apart():
    photos = photos_of(in_classes(TELLING["first"][0]))
    found = suggest_groups(photos)
    assert found is not None
    of_class = {photo.path: captured(found.within_classes, photo.path) for photo in photos}
    assert of_class == {photo.path: f"{photo.label}/{found.value_of[photo.path]}" for photo in photos}


def test_few_photos_suggest_nothing():
    assert suggest_groups(()) is None
    assert suggest_groups(photos_of([("A/1_1.jpg", "A"), ("A/1_2.jpg", "A")])) is None


def test_real_sets(shared_data):
    found = {}
    for name in ("coffee", "potato", "field"):
        paths = sorted(path.relative_to(shared_data / name) for path in (shared_data / name).rglob("*.*"))
        found[name] = suggest_groups(photos_of((path.as_posix(), path.parts[-2]) for path in paths if path.suffix))
    assert found["coffee"] is not None
    assert found["coffee"].pattern == r"^(\d+)_"
    assert found["potato"] is None
    assert found["field"] is None
