import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_predictions import CLASSES, draw_recipes

from leafgraft.errors import PredictionsError, UsageError
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.aligned_rows import align
from leafgraft.evaluation.predictions.common_photos import keep_common
from leafgraft.evaluation.predictions.named_files import name_files, seeds_taken
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.evaluation.statements.claims import comparison_sentences
from leafgraft.storage.predictions import Predictions, write_predictions

HEADER = "photo_id,label,early,healthy,late"
LINES = ["p1,early,0.7,0.2,0.1", "p2,late,0.1,0.2,0.7", "p3,healthy,0.5,0.3,0.2"]


def read_comparison(paths, **how):
    recipes, _ = keep_common(read_files(name_files(paths, **how))[0], {})
    align([(one.name, one.trials) for one in recipes], "test")
    return recipes


def write(path, lines=LINES, header=HEADER):
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def write_recipe(path, recipe, *, order=(0, 1, 2), group=True):
    lines = []
    for trial in recipe.trials:
        rows = trial.predictions
        for i in range(len(rows.label)):
            values = ",".join(f"{rows.probabilities[i, c]:.9f}" for c in order)
            tail = f",{rows.group[i]}" if group else ""
            lines.append(f"{rows.photo_id[i]},{CLASSES[rows.label[i]]},{values}{tail},{trial.seed}")
    names = ",".join(CLASSES[c] for c in order)
    return write(path, lines, f"photo_id,label,{names}{',group' if group else ''},seed")


def refused(paths, *words):
    with pytest.raises(PredictionsError) as error:
        read_comparison(paths)
    for word in words:
        assert word in str(error.value)


def test_csv_gives_what_npz_gives(tmp_path):
    recipes = draw_recipes([0.9, 0.8], seeds=2)
    a = write_recipe(tmp_path / "recipe 0.csv", recipes[0])
    b = write_recipe(tmp_path / "recipe 1.csv", recipes[1], order=(2, 0, 1), group=False)
    found, wanted = evaluate(read_comparison([a, b])), evaluate(recipes)
    assert found.seeds == 2
    assert found.pairs[0].p == pytest.approx(wanted.pairs[0].p)
    assert found.recipes[1].log_loss == pytest.approx(wanted.recipes[1].log_loss, abs=1e-5)


TIED = ["p1,early,0.45,0.10,0.45", "p2,late,0.45,0.10,0.45", "p3,healthy,0.20,0.40,0.40"]


def test_the_answer_of_a_file_decides_where_rounded_probabilities_tie(tmp_path):
    answers = ["early", "late", "late"]
    lines = [f"{line},{answer}" for line, answer in zip(TIED, answers, strict=True)]
    table = write(tmp_path / "a.csv", lines, f"{HEADER},predicted")
    shares = np.array([line.split(",")[2:] for line in TIED], dtype=float)
    items, targets = np.array(["p1", "p2", "p3"]), np.array([0, 2, 1])
    arrays = {"preds": shares, "targs": targets, "vocab": np.array(CLASSES), "items": items}
    np.savez(tmp_path / "b.npz", **arrays, decoded=np.array([0, 2, 2]))
    for path in (table, tmp_path / "b.npz"):
        (recipe,), notes = read_files(name_files([path]))
        found = align([(recipe.name, recipe.trials)], "test")
        assert [found.classes[one] for one in found.answers[0].predicted[0]] == answers
        assert found.answers[0].confidence[0] == pytest.approx([0.45, 0.45, 0.40], abs=1e-6)
        assert not notes


def test_without_its_answer_the_first_by_name_counts_and_that_is_said(tmp_path):
    (recipe,), notes = read_files(name_files([write(tmp_path / "a.csv", TIED)]))
    found = align([(recipe.name, recipe.trials)], "test")
    assert [found.classes[one] for one in found.answers[0].predicted[0]] == ["early", "early", "healthy"]
    assert notes[0].endswith("are likeliest in 3 of 3 lines, first in line 2; the first by name counts as the answer.")


def test_npz_seeds_by_file_name(tmp_path):
    recipe = draw_recipes([0.9], seeds=3)[0]
    paths = [tmp_path / f"mine-s{trial.seed}.npz" for trial in recipe.trials]
    for path, trial in zip(paths, recipe.trials, strict=True):
        write_predictions(path, trial.predictions)
    (found,) = read_comparison(paths)
    assert found.name == "mine"
    assert [trial.seed for trial in found.trials] == [0, 1, 2]


def test_names_that_only_look_like_seeds(tmp_path):
    paths = [write(tmp_path / f"mobileone-s{size}.csv") for size in (0, 1, 4)]
    assert [len(one.trials) for one in read_comparison(paths)] == [3]
    assert [one.name for one in read_comparison(paths, seeds_by_name=False)] == [path.stem for path in paths]


def test_a_name_that_stands_beside_its_seeds_is_another_recipe(tmp_path):
    paths = [write(tmp_path / f"{name}.csv") for name in ("mobileone", "mobileone-s4", "vgg-s0", "vgg-s1")]
    files = name_files(paths)
    assert [(one.name, one.seed) for one in files] == [("mobileone", 0), ("mobileone-s4", 0), ("vgg", 0), ("vgg", 1)]
    taken, other = seeds_taken(files)
    assert "'vgg': vgg-s0.csv, vgg-s1.csv" in taken
    assert other.startswith("Not taken as seeds of 'mobileone', as another recipe is called so: mobileone-s4.csv. If")
    assert name_files(paths[2:], beside={"vgg"})[0].name == "vgg-s0"


@pytest.mark.parametrize("seeds", [("seed0", "seed7"), ("seed-0", "seed-7"), ("seed=0", "seed=7")])
@pytest.mark.parametrize("between", ["-", "_"])
def test_seeds_that_are_written_out_are_of_one_recipe_and_it_is_said(seeds: tuple[str, str], between: str) -> None:
    files = name_files([Path(f"resnet{between}{seed}.csv") for seed in seeds])
    assert [(one.name, one.seed) for one in files] == [("resnet", 0), ("resnet", 7)]
    assert seeds_taken(files)[0].startswith("Taken as seeds of one recipe, 'resnet'")


def test_a_recipe_of_another_folder_keeps_no_seeds_apart():
    paths = [Path(name) for name in ("keras/resnet.csv", "mine/resnet-s0.csv", "mine/resnet-s1.csv")]
    files = name_files(paths)
    assert [(one.name, one.seed) for one in files] == [("keras/resnet", 0), ("mine/resnet", 0), ("mine/resnet", 1)]
    (note,) = seeds_taken(files)
    assert note.startswith("Taken as seeds of one recipe, 'mine/resnet': resnet-s0.csv, resnet-s1.csv.")
    alike = name_files([paths[0], Path("a/keras/resnet-s1.csv"), paths[2]])  # of two folders that are called alike
    assert [one.name for one in alike] == ["keras/resnet", "keras/resnet-s1", "mine/resnet"]


def test_files_in_the_folder_that_one_stands_in_are_called_as_by_their_whole_path(tmp_path, monkeypatch):
    (tmp_path / "resnet" / "labels").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "resnet")
    for path in ("predictions.csv", "predictions.npz", "labels", "../resnet/predictions.csv", "labels/../labels"):
        assert name_files([Path(path)])[0].name == "resnet", path
    monkeypatch.chdir(tmp_path / "resnet" / "labels")
    assert name_files([Path()])[0].name == "resnet"
    assert name_files([Path("/predictions.csv")])[0].name == "predictions"


def test_paths_where_others_have_ids(tmp_path):
    recipe = draw_recipes([0.9])[0]
    rows = recipe.trials[0].predictions
    write_predictions(tmp_path / "ours.npz", rows)
    names = {f"잎/IMG-{number}.jpg": str(photo_id) for number, photo_id in enumerate(rows.photo_id)}
    path = write_recipe(tmp_path / "theirs.csv", recipe, group=False)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line.partition(",")[2] for line in lines]
    typed = [
        unicodedata.normalize("NFD", f"./잎/IMG-{number},{line}".replace(",", ".jpg,", 1))
        for number, line in enumerate(kept)
    ]
    write(path, typed, header)
    files = name_files([tmp_path / "ours.npz", path])
    found, _ = read_files(files, names.items())
    assert sorted(found[0].trials[0].predictions.photo_id) == sorted(found[1].trials[0].predictions.photo_id)
    with pytest.raises(PredictionsError, match="same photos"):
        keep_common(read_files(files)[0], {})


def test_probabilities_among_logits_are_refused_and_have_a_key_of_their_own(tmp_path):
    rows = draw_recipes([0.9])[0].trials[0].predictions
    arrays = {name: getattr(rows, name) for name in ("photo_id", "split", "label", "classes", "group")}
    np.savez(tmp_path / "a.npz", **arrays, logits=rows.probabilities.astype(np.float32))
    refused([tmp_path / "a.npz"], "'logits'", "holds probabilities", "Call the array 'probabilities'")
    np.savez(tmp_path / "a.npz", **arrays, logits=(100 * rows.probabilities).astype(np.float32))
    refused([tmp_path / "a.npz"], "'logits'", "probabilities in per cent", "Divide them by 100")
    np.savez(tmp_path / "b.npz", **arrays, probabilities=rows.probabilities.astype(np.float32))
    write_predictions(tmp_path / "c.npz", rows)
    given, wanted = (evaluate(read_comparison([tmp_path / name])).recipes[0] for name in ("b.npz", "c.npz"))
    assert given.log_loss == pytest.approx(wanted.log_loss, abs=1e-5)
    np.savez(tmp_path / "d.npz", **arrays, probabilities=rows.logits)
    refused([tmp_path / "d.npz"], "'probabilities'", "sums to 1")


def test_equal_file_names_of_two_folders(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        write(tmp_path / name / "out.csv")
    found = read_comparison([tmp_path / "a" / "out.csv", tmp_path / "b" / "out.csv"])
    assert [one.name for one in found] == ["a/out", "b/out"]


def test_folders_stand_before_all_seeds_of_a_recipe_where_one_is_called_as_another(tmp_path):
    paths = []
    for folder, seeds in (("resnet", 3), ("vgg", 2)):
        (tmp_path / folder).mkdir()
        paths += [write(tmp_path / folder / f"p-s{seed}.csv") for seed in range(seeds)]
    paths.append(write(tmp_path / "svm-s0.csv"))
    files = name_files(paths)
    assert [(one.name, one.seed) for one in files] == [
        *(("resnet/p", seed) for seed in range(3)),
        *(("vgg/p", seed) for seed in range(2)),
        ("svm", 0),
    ]
    assert seeds_taken(files)[1].startswith("Taken as seeds of one recipe, 'vgg/p': p-s0.csv, p-s1.csv.")
    (tmp_path / "more").mkdir()
    apart = [paths[0], write(tmp_path / "more" / "p-s7.csv")]
    (note,) = seeds_taken(name_files(apart))
    assert ", ".join(path.as_posix() for path in apart) in note


def test_folders_that_hold_predictions_are_told_apart_by_the_folder_above(tmp_path):
    paths = [tmp_path / folder / "resnet-s0" / "predictions.npz" for folder in "ab"]
    assert [(one.name, one.seed) for one in name_files(paths)] == [("a/resnet", 0), ("b/resnet", 0)]
    assert len(seeds_taken(name_files(paths))) == 2
    (note,) = seeds_taken(name_files(paths[:1]))
    assert f"'resnet': {paths[0].as_posix()}." in note
    (note,) = seeds_taken(name_files(paths[:1], beside={"resnet"}))  # of a study, which nobody can rename
    assert f": {paths[0].as_posix()}. If they are seeds of one recipe, give them another name" in note


def test_one_file_gives_figures_and_no_pairs(tmp_path):
    evaluation = evaluate(read_comparison([write(tmp_path / "a.csv")]))
    assert evaluation.pairs == ()
    assert evaluation.recipes[0].accuracy == pytest.approx(2 / 3)


def test_no_file_and_one_twice(tmp_path):
    with pytest.raises(UsageError, match="None was named"):
        read_comparison([])
    path = write(tmp_path / "a.csv")
    with pytest.raises(UsageError, match="Twice"):
        read_comparison([path, path])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("p3,healthy,0.5,0.3,0.3", ("sum to 1", "p3", "1.1")),
        ("p3,healthy,nan,0.5,0.5", ("finite", "p3", "early")),
        ("p3,healthy,inf,0.5,0.5", ("finite", "p3")),
        ("p3,healthy,-0.1,0.6,0.5", ("0 or more", "p3", "-0.1")),
        ("p3,healthy,many,0.6,0.5", ("a number", "p3", "many")),
        ("p3,rust,0.5,0.3,0.2", ("rust", "early, healthy, late")),
        ("p3,healthy,0.5,0.3", ("5 values", "Line 4")),
        ("p2,healthy,0.5,0.3,0.2", ("once per seed", "p2")),
    ],
)
def test_bad_lines_are_named(tmp_path, line, words):
    refused([write(tmp_path / "bad.csv", [*LINES[:2], line])], *words)


@pytest.mark.parametrize("header", ["leaf,kind,a,b,c", "photo_id,label", "photo_id,label,a,a,b", ""])
def test_bad_first_lines(tmp_path, header):
    refused([write(tmp_path / "bad.csv", [], header)], "bad.csv", "first line")


def test_bad_files(tmp_path):
    refused([tmp_path / "none.csv"], "none.csv", "No such file")
    refused([write(tmp_path / "empty.csv", [])], "one line per photo")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    refused([tmp_path / "binary.csv"], "first line")
    (tmp_path / "text.npz").write_text("hello")
    refused([tmp_path / "text.npz"], "text.npz")
    refused([write(tmp_path / "s.csv", ["p1,early,1,0,0,x"], HEADER + ",seed")], "whole numbers")
    refused([write(tmp_path / "s.csv", ["p1,early,1,0,0,1.05"], HEADER + ",seed")], "whole numbers", "1.05")
    refused([write(tmp_path / "g.csv", ["p1,early,1,0,0,"], HEADER + ",place")], "place", "p1")


def test_files_that_do_not_match(tmp_path):
    a = write(tmp_path / "a.csv")
    refused([a, write(tmp_path / "b.csv", [line.replace("p", "q") for line in LINES])], "same photos", "p1", "q1")
    refused([a, write(tmp_path / "c.csv", ["p1,late,0.7,0.2,0.1", *LINES[1:]])], "Labels", "p1", "early against late")
    refused([a, write(tmp_path / "d.csv", LINES, HEADER.replace("late", "rust").replace(",rust,", ",late,"))], "d.csv")


@pytest.mark.parametrize("split", ["validation", "train", "holdout"])
def test_rows_of_another_split_are_refused(tmp_path, split):
    recipe = draw_recipes([0.9], splits=(split,))[0]
    write_predictions(tmp_path / "a.npz", recipe.trials[0].predictions)
    refused([tmp_path / "a.npz"], "test rows", split)
    refused([write(tmp_path / "a.csv", [f"{line},{split}" for line in LINES], HEADER + ",split")], "test rows", split)


def test_of_a_column_of_splits_the_test_rows_count(tmp_path):
    lines = [f"{line},{split}" for line, split in zip(LINES, ("test", "validation", "test"), strict=True)]
    assert evaluate(read_comparison([write(tmp_path / "a.csv", lines, HEADER + ",split")])).rows == 2


GERMAN_LINES = ["p1;early;0,70;0,20;0,11", "p2;late;0,10;0,20;0,70", "p3;healthy;0,50;0,30;0,20"]


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (GERMAN_LINES, HEADER.replace(",", ";")),
        (
            [line.replace("0,", "").replace(";", "%\t").replace("%", "", 2) + "%" for line in GERMAN_LINES],
            HEADER.replace(",", "\t"),
        ),
        (["p1,early,70,20,10", "p2,late,10,20,70", "p3,healthy,50,30,20"], HEADER),
    ],
    ids=["decimal commas, rounded", "per cent", "of a hundred"],
)
def test_what_spreadsheets_write(tmp_path, lines, header):
    found, wanted = (
        evaluate(read_comparison([path])).recipes[0]
        for path in (write(tmp_path / "a.csv", lines, header), write(tmp_path / "b.csv"))
    )
    assert found.accuracy == wanted.accuracy
    assert found.log_loss == pytest.approx(wanted.log_loss, abs=0.01)


@pytest.mark.parametrize(
    ("lines", "header", "words"),
    [
        (["p1,0,0.7,0.2,0.1"], HEADER, ("line 2", "which of early, healthy, late is '0'")),
        (["p1,early,0.93"], "photo_id,label,predicted", ("must be classes", "number 0.93", "1 - p and p")),
        (["p1,early,late,0.7,0.2,0.1"], "photo_id,label,predicted,early,healthy,late", ("'late' as its answer",)),
        ([f"{line},0" for line in LINES], HEADER + ",fold", ("'fold'", "Leave the column")),
        ([f"{line},{number}" for number, line in enumerate(LINES)], HEADER + ",fold", ("'fold'", "Leave the column")),
        (["p1,early,0.7,0.2,0.2"], HEADER, ("sum to 1", "line 2", "1.1")),
    ],
)
def test_what_is_refused_says_the_one_thing_to_change(tmp_path, lines, header, words):
    refused([write(tmp_path / "a.csv", lines, header)], *words)


@pytest.mark.parametrize(
    ("lines", "header", "words"),
    [
        (["a.jpg,0,early", "b.jpg,1,late"], "filename,y_true,y_pred", ("called alike", "are 0, 1", "are early, late")),
        (["a.jpg,early,0", "b.jpg,late,7"], "filename,y_true,y_pred", ("called alike", "answers are 0, 7")),
        (
            ["a.jpg,Early Blight,Early_Blight", "b.jpg,Healthy,Healthy"],
            "filename,label,predicted",
            ("each class in one way", "is called 'Early Blight' and 'Early_Blight'"),
        ),
    ],
)
def test_answers_that_are_called_otherwise_than_the_true_classes_are_refused(tmp_path, lines, header, words):
    refused([write(tmp_path / "a.csv", lines, header)], *words)


def test_true_classes_by_number_are_called_as_another_file_calls_them(tmp_path):
    a = write(tmp_path / "a.csv")
    b = write(tmp_path / "b.csv", ["p1,0,early", "p2,2,late", "p3,1,early"], "photo_id,y_true,y_pred")
    assert [one.accuracy for one in evaluate(read_comparison([a, b])).recipes] == [pytest.approx(2 / 3)] * 2
    write(b, ["p1,0,EB", "p2,2,LB", "p3,1,H"], "photo_id,y_true,y_pred")
    refused([a, b], "called alike", "are 0, 1, 2", "are EB, H, LB")


def test_answers_whose_true_class_nobody_tells_are_counted(tmp_path):
    lines = ["p1,early", "p2,late", "q1,late", "q2,late"]
    paths = [write(tmp_path / "a.csv"), write(tmp_path / "b.csv", lines, "photo_id,predicted")]
    _, notes = read_files(name_files(paths))
    assert any("b.csv': 2 photos are left out, as no file tells their true class: q1, q2." in note for note in notes)


def test_numbers_count_all_classes_that_files_name_not_those_of_test_photos(tmp_path):
    a = write(tmp_path / "a.csv", LINES[:2])
    b = write(tmp_path / "b.csv", ["early/p1.jpg,0", "late/p2.jpg,1"], "Filename,Predictions")
    c = write(tmp_path / "c.csv", ["early/p1.jpg,0.7,0.2,0.1", "late/p2.jpg,0.1,0.7,0.2"], "filename,0,1,2")
    for path in (b, c):
        evaluation = evaluate(read_comparison([a, path]))
        assert [one.accuracy for one in evaluation.recipes] == [1.0, 0.5]
        assert evaluation.recipes[1].confusion[2][1] == 1  # late taken for healthy


def test_rows_of_several_seeds_need_names(tmp_path):
    lines = ["early,early,0", "late,early,0", "early,early,1", "late,late,1"]
    refused([write(tmp_path / "a.csv", lines, "y_true,y_pred,seed")], "which photo each row is of", "several seeds")
    write(tmp_path / "a.csv", lines[:2], "y_true,y_pred,seed")
    assert evaluate(read_comparison([tmp_path / "a.csv"])).rows == 2


def test_a_class_that_is_never_likely_is_a_class(tmp_path):
    lines = [f"{line},{share}" for line, share in zip(LINES, ("0.0002", "0.0000", "0.0001"), strict=True)]
    zeros = [[f"{line},{none}" for line in LINES] for none in ("0.000", "0.0")]  # rounded, and as pandas writes it
    paths = [write(tmp_path / f"{number}.csv", of, HEADER + ",rust") for number, of in enumerate([lines, *zeros])]
    recipes = evaluate(read_comparison(paths)).recipes
    assert [one.accuracy for one in recipes] == [pytest.approx(2 / 3)] * 3


def test_a_class_that_is_never_answered_is_a_class_though_the_folders_alone_tell_the_true_ones(tmp_path):
    header = "filename,predicted,early,healthy,late,rust"
    lines = ["early/1.jpg,early,0.7,0.2,0.1", "late/2.jpg,late,0.1,0.2,0.7", "rust/3.jpg,early,0.5,0.3,0.2"]
    good = ["early/1.jpg,0.7,0.1,0.1,0.1", "late/2.jpg,0.1,0.1,0.7,0.1", "rust/3.jpg,0.1,0.1,0.1,0.7"]
    a = write(tmp_path / "a.csv", [f"{line},0" for line in lines], header)
    b = write(tmp_path / "b.csv", good, header.replace("predicted,", ""))
    evaluation = evaluate(read_comparison([a, b]))
    assert [one.accuracy for one in evaluation.recipes] == [pytest.approx(2 / 3), 1.0]
    assert (
        comparison_sentences(evaluation)
        .refused[-1]
        .startswith("'a recognises rust': it has none of its 1 test photo right.")
    )
    for none in ("-", ""):
        write(a, [f"{lines[0]},0", f"{lines[1]},{none}", f"{lines[2]},0"], header)
        refused([a, b], "a number under 'rust'", "line 3", f"'{none}'")


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        ([f"{row},{line}" for row, line in zip((7, 2, 5), LINES, strict=True)], f",{HEADER}"),
        ([f"{row},{line}" for row, line in zip((7, 2, 5), LINES, strict=True)], f"Unnamed: 0,{HEADER}"),
        ([line.partition(",")[2] for line in LINES], HEADER.partition(",")[2]),
        ([f"{row},{line.partition(',')[2]}" for row, line in zip((7, 2, 5), LINES, strict=True)], HEADER[8:]),
        (LINES, "filename,class,early,healthy,late"),
        (LINES, "filename,label,prob_0,prob_1,prob_2"),
    ],
    ids=["rows beside names", "rows by pandas", "no names", "rows as names", "class", "label beside prob_0"],
)
def test_columns_as_pandas_and_people_call_them(tmp_path, lines, header):
    found, wanted = (
        evaluate(read_comparison([path])).recipes[0]
        for path in (write(tmp_path / "a.csv", lines, header), write(tmp_path / "b.csv"))
    )
    assert (found.accuracy, found.log_loss) == (wanted.accuracy, pytest.approx(wanted.log_loss))


DISEASES = [f"Crop_{number:02d}___a_disease_of_a_long_name" for number in range(38)]


@pytest.mark.parametrize("comma", [".", ","])
def test_many_classes_apart_by_semicolons(tmp_path, comma):
    shares = np.random.default_rng(0).dirichlet(np.full(38, 0.3), 20)
    lines = [
        ";".join([f"{DISEASES[row]}/{row}.jpg", *(f"{one:.9f}".replace(".", comma) for one in line)])
        for row, line in enumerate(shares)
    ]
    path = write(tmp_path / "a.csv", lines, ";".join(["filename", *DISEASES]))
    found = evaluate(read_comparison([path]))
    assert found.recipes[0].accuracy == (shares.argmax(axis=1) == np.arange(20)).mean()
    assert len(found.classes) == 38


@pytest.mark.parametrize(("head", "kept"), [("Tomato___", True), ("proba_", False), ("p_", False)])
@pytest.mark.parametrize("folder", [True, False])
def test_what_all_classes_begin_with_is_kept_if_it_is_the_crop(tmp_path, head, kept, folder):
    names = [f"{head if kept else ''}{one}" for one in CLASSES]
    truth = dict(zip(CLASSES, names, strict=True))
    lines = [f"{truth[line.split(',')[1]]}/{line.split(',')[0]},{line.split(',', 2)[2]}" for line in LINES]
    bare = [line.split("/")[1] for line in lines]
    a = write(tmp_path / "a.csv", lines if folder else bare, f"filename,{','.join(head + one for one in CLASSES)}")
    b = write(
        tmp_path / "b.csv", [f"{line.split(',')[0]},{line.split('/')[0]}" for line in lines], "filename,predicted"
    )
    assert evaluate(read_comparison([a, b])).classes == tuple(names)


def test_classes_are_the_same_however_their_letters_are_composed(tmp_path):
    plain = [line.replace("early", "역병").replace("p1", "잎/1") for line in LINES]
    header = HEADER.replace("early", "역병")
    apart = unicodedata.normalize("NFD", header)
    a, b = write(tmp_path / "a.csv", plain, header), write(tmp_path / "b.csv", plain, apart)
    c = write(
        tmp_path / "c.csv", [unicodedata.normalize("NFD", "잎/1,역병"), "p2,late", "p3,역병"], "photo_id,predicted"
    )
    rows = read_files(name_files([a]))[0][0].trials[0].predictions
    write_predictions(
        tmp_path / "d.npz", replace(rows, classes=np.array([unicodedata.normalize("NFD", one) for one in rows.classes]))
    )
    evaluation = evaluate(read_comparison([a, b, c, tmp_path / "d.npz"]))
    assert [one.accuracy for one in evaluation.recipes] == [pytest.approx(2 / 3)] * 4
    refused([write(tmp_path / "e.csv", [f"{plain[0]},0"], f"{header},{apart.split(',')[2]}")], "named once", "역병")


def test_paths_of_windows_are_the_same_photos(tmp_path):
    a = write(tmp_path / "a.csv", [line.replace("p", "field/p", 1) for line in LINES])
    b = write(tmp_path / "b.csv", [line.replace("p", "field\\p", 1) for line in LINES])
    assert len(evaluate(read_comparison([a, b])).pairs) == 1


def test_paths_of_windows_and_of_macs_in_files_of_ours_are_the_same_photos(tmp_path):
    a = write(tmp_path / "a.csv", [line.replace("p", "잎/p", 1) for line in LINES])
    rows = read_files(name_files([a]))[0][0].trials[0].predictions
    typed = (
        [name.replace("/", "\\") for name in rows.photo_id],
        [unicodedata.normalize("NFD", one) for one in rows.photo_id],
    )
    for ids in map(np.array, typed):
        write_predictions(tmp_path / "b.npz", replace(rows, photo_id=ids, group=ids))
        evaluation = evaluate(read_comparison([a, tmp_path / "b.npz"]))
        assert (len(evaluation.pairs), evaluation.rows, evaluation.groups) == (1, 3, 3)


def test_places_in_files_of_ours_are_the_same_however_their_letters_are_composed(tmp_path):
    a = write(tmp_path / "a.csv", [f"{line},논" for line in LINES], f"{HEADER},place")
    rows = read_files(name_files([a]))[0][0].trials[0].predictions
    apart = np.array([unicodedata.normalize("NFD", one) for one in rows.place])
    write_predictions(tmp_path / "b.npz", replace(rows, place=apart))
    assert list(evaluate(read_comparison([a, tmp_path / "b.npz"])).recipes[1].places) == ["논"]


def test_several_splits_without_test_are_refused(tmp_path):
    recipe = draw_recipes([0.9], splits=("train", "validation"))[0]
    write_predictions(tmp_path / "a.npz", recipe.trials[0].predictions)
    refused([tmp_path / "a.npz"], "test rows", "train, validation")


def test_certain_answers_stay_finite(tmp_path):
    result = evaluate(read_comparison([write(tmp_path / "a.csv", ["p1,early,1,0,0", "p2,late,1,0,0"])])).recipes[0]
    assert np.isfinite(result.log_loss)


def test_paths_as_photo_ids(tmp_path):
    (tmp_path / "one.csv").write_text("photo_id,label,a,b\na/1.jpg,a,0.9,0.1\nb/1.jpg,b,0.4,0.6\n")
    (tmp_path / "two.csv").write_text("photo_id,label,a,b,group\na/1.jpg,a,0.8,0.2,g\nb/1.jpg,b,0.3,0.7,g\n")
    found = evaluate(read_comparison([tmp_path / "one.csv", tmp_path / "two.csv"]))
    assert (found.rows, found.groups) == (2, 1)


def test_a_csv_may_say_where_each_photo_was_taken(tmp_path):
    places = ["home", "field", "field"]
    path = write(
        tmp_path / "a.csv", [f"{line},{at}" for line, at in zip(LINES, places, strict=True)], f"{HEADER},place"
    )
    (recipe,) = evaluate(read_comparison([path])).recipes
    assert {name: (one["photos"], one["accuracy"]) for name, one in recipe.places.items()} == {
        "field": (2, 0.5),
        "home": (1, 1.0),
    }
    write(path, [f"{LINES[0]},home", f"{LINES[1]},"], f"{HEADER},place")
    refused([path], "a place in every line", "Photo p2 (line 3) has none")


@pytest.mark.parametrize("ours", [True, False])
def test_ties_in_arrays_are_said(tmp_path, ours):
    photos, label, classes = np.array(["a.jpg", "b.jpg"]), np.array([0, 1]), np.array(["early", "late"])
    likely = np.array([[0.5, 0.5], [0.25, 0.75]], dtype=np.float32)
    if ours:
        test = np.full(2, "test")
        write_predictions(tmp_path / "a.npz", Predictions(photos, test, label, 4 * likely, classes, photos))
    else:
        np.savez(tmp_path / "a.npz", preds=likely, targs=label, vocab=classes, items=photos)
    (note,) = read_files(name_files([tmp_path / "a.npz"]))[1]
    assert note.endswith("several classes are likeliest in 1 of 2 rows; the first by name counts as the answer.")


def test_a_table_of_a_network_with_one_output_is_told_what_to_write(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("filename,prob\nearly/1.jpg,0.9\nlate/2.jpg,0.2\n", encoding="utf-8")
    with pytest.raises(PredictionsError) as caught:
        read_files(name_files([path]))
    assert "1 - p and p, named by their classes" in caught.value.mend
