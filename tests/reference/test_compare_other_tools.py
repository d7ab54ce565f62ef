"""`compare` on what other tools write, as they write it: the figures equal those of the same answers as our CSV.

Formats: Keras' ``flow_from_directory`` with pandas (``Filename,Predictions``); ``learn.get_preds`` of fastai; label
files of Ultralytics' ``Results.save_txt``; timm's ``inference.py`` (CSV by pandas from arrays, JSON by photo and
split); scikit-learn's ``predict`` and ``predict_proba``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from timm.utils.misc import natural_key

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.label_files import read_label_files
from leafgraft.study.commands.compare import Comparison, compare

CLASSES = ("Early blight", "Healthy", "Late blight")
COUNT = 48
LABEL = np.arange(COUNT) % 3
ANSWER = np.where(np.arange(COUNT) % 5 == 1, (LABEL + 1) % 3, LABEL)
SHARES = np.full((COUNT, 3), 0.05, np.float32)
SHARES[np.arange(COUNT), ANSWER] = 0.75
SHARES[np.arange(COUNT), (ANSWER + 1) % 3] = 0.2
NAMES = [f"{CLASSES[label]}/IMG_{number:03d}.jpg" for number, label in enumerate(LABEL)]
ORDER = np.argsort(-SHARES, axis=1)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ours(folder: Path) -> Path:
    """The reference: the same answers as leafgraft's own CSV, with paths as of another machine."""
    rows = [
        f"/data/test/{name},{CLASSES[label]},{','.join(f'{share:.9f}' for share in line)}"
        for name, label, line in zip(NAMES, LABEL, SHARES, strict=True)
    ]
    return write(folder / "ours.csv", f"photo_id,label,{','.join(CLASSES)}", *rows)


def keras_answers(folder: Path) -> Path:
    windows = [name.replace("/", "\\") for name in NAMES]
    return write(
        folder / "tool.csv",
        "Filename,Predictions",
        *(f"{name},{CLASSES[one]}" for name, one in zip(windows, ANSWER, strict=True)),
    )


def keras_probabilities(folder: Path) -> Path:
    """``DataFrame(model.predict(test)).assign(filename=test.filenames).to_csv(path)``: classes by number."""
    rows = [
        f"{row},{','.join(repr(float(one)) for one in line)},{name}"
        for row, (name, line) in enumerate(zip(NAMES, SHARES, strict=True))
    ]
    return write(folder / "tool.csv", ",0,1,2,filename", *rows)


def fastai(folder: Path) -> Path:
    items = [f"/kaggle/input/pld/{name}" for name in NAMES]
    np.savez(folder / "tool.npz", preds=SHARES, targs=LABEL, vocab=list(CLASSES), items=items)
    return folder / "tool.npz"


def ultralytics(folder: Path) -> Path:
    (folder / "tool" / "labels").mkdir(parents=True)
    for name, shares, order in zip(NAMES, SHARES, ORDER, strict=True):
        lines = [f"{shares[one]:.2f} {CLASSES[one]}" for one in order]
        write((folder / "tool" / "labels" / Path(name).stem).with_suffix(".txt"), *lines)
    return folder / "tool"


def ultralytics_by_class(folder: Path) -> Path:
    """``yolo classify predict source=test/CLASS project=tool name=CLASS save_txt=True``."""
    ultralytics(folder)
    for name in NAMES:
        target = folder / "tool" / Path(name).parent / "labels"
        target.mkdir(parents=True, exist_ok=True)
        file = Path(name).with_suffix(".txt").name
        (folder / "tool" / "labels" / file).rename(target / file)
    (folder / "tool" / "labels").rmdir()
    return folder / "tool"


def quoted(cell: object) -> str:
    """As pandas' to_csv writes an array in a cell."""
    text = str(cell)
    return f'"{text}"' if "\n" in text or "," in text else text


def timm_likeliest(folder: Path) -> Path:
    """``--topk 3 --include-index --label-type name`` of a model that knows its names."""
    labels = np.array(CLASSES, dtype=object)
    rows = [
        f"{Path(name).name},{quoted(order)},{quoted(labels[order])},{quoted(shares[order])}"
        for name, order, shares in zip(NAMES, ORDER, SHARES, strict=True)
    ]
    return write(folder / "tool.csv", "filename,index,label,prob", *rows)


def timm_all(folder: Path) -> Path:
    """``--topk 0 --results-separate-col --fullname --output-type logit``."""
    rows = [
        f"{name},{','.join(f'{one:.7g}' for one in np.log(line))}" for name, line in zip(NAMES, SHARES, strict=True)
    ]
    return write(folder / "tool.csv", "filename,logit_0,logit_1,logit_2", *rows)


def timm_first(folder: Path) -> Path:
    """``--include-index --fullname``: the likeliest class alone, by number."""
    rows = [f"{name},{one},{SHARES[row, one]}" for row, (name, one) in enumerate(zip(NAMES, ANSWER, strict=True))]
    return write(folder / "tool.csv", "filename,index,prob", *rows)


def timm_json(folder: Path) -> Path:
    plain = {
        Path(name).name: {"index": order.tolist(), "prob": shares[order].tolist()}
        for name, order, shares in zip(NAMES, ORDER, SHARES, strict=True)
    }
    return write(folder / "tool.json", json.dumps(plain, indent=4))


def timm_json_split(folder: Path) -> Path:
    data = [
        [name, int(one), float(SHARES[row, one])] for row, (name, one) in enumerate(zip(NAMES, ANSWER, strict=True))
    ]
    return write(folder / "tool.json", json.dumps({"columns": ["filename", "index", "prob"], "data": data}, indent=4))


def timm_json_records(folder: Path) -> Path:
    """``--results-format json-records --topk 3 --include-index``: an object per line."""
    rows = [
        {"filename": name, "index": order.tolist(), "prob": shares[order].tolist()}
        for name, order, shares in zip(NAMES, ORDER, SHARES, strict=True)
    ]
    return write(folder / "tool.json", *map(json.dumps, rows))


def ultralytics_records(folder: Path) -> Path:
    """``json.dump([{"path": result.path, **result.summary()[0]} for result in model.predict(...)], file)``."""
    rows = [
        {"path": f"/content/pld/{name}", "name": CLASSES[one], "class": int(one), "confidence": 0.75}
        for name, one in zip(NAMES, ANSWER, strict=True)
    ]
    return write(folder / "tool.json", json.dumps(rows))


def pandas_index(folder: Path) -> Path:
    """``DataFrame(model.predict(test), index=test.filenames, columns=classes).to_csv(path)``."""
    rows = [f"{name},{','.join(map(str, line))}" for name, line in zip(NAMES, SHARES, strict=True)]
    return write(folder / "tool.csv", f",{','.join(CLASSES)}", *rows)


def sklearn_numbers(folder: Path) -> Path:
    """True classes and answers by the numbers of a LabelEncoder, which numpy writes as floating-point ones."""
    rows = [f"{name},{label}.0,{one}.0" for name, label, one in zip(NAMES, LABEL, ANSWER, strict=True)]
    return write(folder / "tool.csv", "filename,y_true,y_pred", *rows)


def sklearn_probabilities(folder: Path) -> Path:
    """``DataFrame(model.predict_proba(X), columns=[f"proba_{one}" for one in model.classes_])``, and more columns."""
    header = f"path,y_true,y_pred,{','.join(f'proba_{one}' for one in CLASSES)}"
    rows = [
        f"{NAMES[row]},{CLASSES[LABEL[row]]},{CLASSES[ANSWER[row]]},{','.join(repr(float(one)) for one in SHARES[row])}"
        for row in range(COUNT)
    ]
    return write(folder / "tool.csv", header, *rows)


WITH_PROBABILITIES = (
    keras_probabilities,
    fastai,
    timm_likeliest,
    timm_all,
    timm_json,
    timm_json_records,
    pandas_index,
    sklearn_probabilities,
)
ANSWERS_ALONE = (
    *(keras_answers, ultralytics, ultralytics_by_class, ultralytics_records),
    *(timm_first, timm_json_split, sklearn_numbers),
)


def of_tool(compared: Comparison, name: str = "tool") -> dict:
    return next(one for one in compared.evaluation["recipes"] if one["name"] == name)


@pytest.mark.parametrize("tool", [*WITH_PROBABILITIES, *ANSWERS_ALONE], ids=lambda one: one.__name__)
def test_a_tool_gives_the_figures_of_its_answers(tool: Callable[[Path], Path], tmp_path: Path) -> None:
    compared = compare([str(ours(tmp_path)), str(tool(tmp_path))])
    mine, theirs = of_tool(compared, "ours"), of_tool(compared)
    assert compared.evaluation["rows"] == COUNT
    for figure in ("accuracy", "macro_f1", "balanced_accuracy", "confusion", "interval"):
        assert theirs[figure] == mine[figure]
    known = tool in WITH_PROBABILITIES
    for figure in ("log_loss", "calibration_error", "mean_confidence"):
        assert theirs[figure] == (pytest.approx(mine[figure], abs=1e-5) if known else None)
        assert (figure in theirs["intervals"]) == known
    (pair,) = compared.evaluation["pairs"]
    assert (pair["difference"], pair["p"]) == (0, 1)
    assert ("log_loss" in pair["other"]) == known
    not_known = "Not known of tool: log loss, calibration error and confidence; the answers alone are told."
    assert compared.notes.count(not_known) == (not known)


@pytest.mark.parametrize(
    "tool",
    [keras_answers, keras_probabilities, fastai, ultralytics_by_class, timm_all, timm_first, timm_json_split],
    ids=lambda one: one.__name__,
)
def test_folders_of_classes_tell_the_true_class(tool: Callable[[Path], Path], tmp_path: Path) -> None:
    alone = of_tool(compare([str(tool(tmp_path))]))
    assert alone["accuracy"] == of_tool(compare([str(ours(tmp_path))]), "ours")["accuracy"]
    assert set(alone["per_class"]) == set(CLASSES)


@pytest.mark.parametrize(
    ("folders", "ordered"),
    [(("early", "Healthy", "late"), (0, 1, 2)), (("leaf10", "leaf2", "Leaf3"), (2, 0, 1))],
    ids=["capitals", "numbers"],
)
def test_numbers_of_timm_count_folders_as_timm_sorts_them(
    folders: tuple[str, ...], ordered: tuple[int, ...], tmp_path: Path
) -> None:
    pairs = zip(LABEL, ANSWER, strict=True)
    rows = [f"{folders[label]}/{row}.jpg,{ordered[one]},0.9" for row, (label, one) in enumerate(pairs)]
    file = write(tmp_path / "tool.csv", "filename,index,prob", *rows)
    sorted_by_timm = sorted(folders, key=natural_key)
    assert [sorted_by_timm.index(one) for one in folders] == list(ordered)
    compared = compare([str(file)])
    assert of_tool(compared)["accuracy"] == pytest.approx((LABEL == ANSWER).mean())
    assert any(f"numbers folders: 0 {sorted_by_timm[0]}, 1 {sorted_by_timm[1]}" in note for note in compared.notes)


def test_numbers_that_do_not_fit_the_names_of_others_are_not_renamed(tmp_path: Path) -> None:
    shifted = np.where(np.arange(COUNT) == 0, (LABEL + 1) % 3, LABEL)
    rows = [f"{name},{label},{label}" for name, label in zip(NAMES, shifted, strict=True)]
    other = write(tmp_path / "other.csv", "filename,y_true,y_pred", *rows)
    with pytest.raises(PredictionsError, match="classes"):
        compare([str(ours(tmp_path)), str(other)])


def label_and_prob(folder: Path, shares: np.ndarray, *labels: str) -> Path:
    rows = [f"{name},{label},{share:.3f}" for name, label, share in zip(NAMES, labels, shares, strict=True)]
    return write(folder / "tool.csv", "filename,label,prob", *rows)


def test_a_label_beside_one_probability_is_taken_as_the_answer_and_that_is_said(tmp_path: Path) -> None:
    path = label_and_prob(tmp_path, SHARES.max(axis=1), *(CLASSES[one] for one in ANSWER))
    compared = compare([str(path)])
    assert of_tool(compared)["accuracy"] == of_tool(compare([str(ours(tmp_path))]), "ours")["accuracy"]
    note = "'label' is taken as the answer, as timm writes it; if it is the true class, call it 'y_true'."
    assert f"'{path}': {note}" in compared.notes
    likeliest = compare([str(ours(tmp_path)), str(timm_likeliest(tmp_path))])
    assert not any("taken as the answer" in note for note in likeliest.notes)


def test_a_label_that_is_the_true_class_is_refused(tmp_path: Path) -> None:
    """As people write what a network with one output gives."""
    path = label_and_prob(tmp_path, np.linspace(0.07, 0.98, COUNT), *(CLASSES[one] for one in LABEL))
    with pytest.raises(
        PredictionsError, match=r"One is 0\.07: of 3 classes, the likeliest has 0\.33 or more"
    ) as refused:
        compare([str(path)])
    assert "call it 'y_true'" in str(refused.value)


def test_answers_of_arrays_that_are_not_the_likeliest_are_refused(tmp_path: Path) -> None:
    other = np.where(np.arange(COUNT) == 5, (ANSWER + 1) % 3, ANSWER)
    whole = {"y_prob": SHARES, "y_true": LABEL, "classes_": CLASSES, "filenames": NAMES}
    for answers in (other, np.where(np.arange(COUNT) == 5, "cannot tell", np.array(CLASSES)[ANSWER])):
        np.savez(tmp_path / "svc.npz", **whole, y_pred=answers)
        said = f"Row 6 has '{np.array(CLASSES)[other][5] if answers is other else 'cannot tell'}' as its answer"
        with pytest.raises(PredictionsError, match=said) as refused:
            compare([str(tmp_path / "svc.npz")])
        assert "Leave out the answers or the probabilities" in str(refused.value)
    np.savez(tmp_path / "svc.npz", **whole, y_pred=ANSWER)
    assert of_tool(compare([str(tmp_path / "svc.npz")]), "svc")["log_loss"] is not None


def test_probabilities_of_half_precision_are_taken(tmp_path: Path) -> None:
    draws = np.random.default_rng(0).normal(size=(COUNT, 3)) * 2 + np.eye(3)[LABEL]
    shares = torch.tensor(draws, dtype=torch.bfloat16).softmax(-1).float().numpy()
    assert np.abs(shares.sum(axis=1) - 1).max() > 1e-3
    rows = [f"{name},{','.join(map(str, line))}" for name, line in zip(NAMES, shares, strict=True)]
    compared = compare([str(write(tmp_path / "tool.csv", "filename,prob_0,prob_1,prob_2", *rows))])
    assert of_tool(compared)["log_loss"] is not None


def test_rows_without_names_are_compared_row_by_row(tmp_path: Path) -> None:
    lines = [f"{CLASSES[label]},{CLASSES[one]}" for label, one in zip(LABEL, ANSWER, strict=True)]
    right = [f"{CLASSES[label]},{CLASSES[label]}" for label in LABEL]
    a, b = write(tmp_path / "svm.csv", "y_true,y_pred", *lines), write(tmp_path / "forest.csv", "y_true,y_pred", *right)
    compared = compare([str(a), str(b)])
    (pair,) = compared.evaluation["pairs"]
    assert pair["difference"] == pytest.approx(-(LABEL != ANSWER).mean())
    assert any("row by row" in note for note in compared.notes)
    with pytest.raises(PredictionsError, match="which photo each row is of"):
        compare([str(a), str(ours(tmp_path))])
    write(b, "y_true,y_pred", *right[:-1])
    with pytest.raises(PredictionsError, match="47 and 48 rows"):
        compare([str(a), str(b)])


@pytest.mark.parametrize(
    ("arrays", "wanted"),
    [
        ({"preds": SHARES.astype(str)}, "They are <U"),
        ({"preds": SHARES * 2}, "They sum to 2 to 2"),
        ({"targs": LABEL + 9}, "They reach from 9 to 11"),
        ({"items": NAMES[:-1]}, "must have shape (48,)"),
        ({"group": NAMES[:-1]}, "must have shape (48,)"),
        ({"place": np.where(LABEL, 1, np.nan)}, "Row 1 has none"),
        ({"seed": np.full(COUNT, 0.5)}, "Seeds of"),
        ({"preds": np.linspace(0.1, 0.9, COUNT)}, "numbers such as 0.1"),
        ({"vocab": ["7", "8", "9"], "targs": [CLASSES[one] for one in LABEL]}, "must be among its classes: 7, 8, 9"),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(
    arrays: dict[str, list[str] | np.ndarray], wanted: str, tmp_path: Path
) -> None:
    whole = {"preds": SHARES, "targs": LABEL, "vocab": list(CLASSES), "items": NAMES}
    np.savez(tmp_path / "fastai.npz", **{**whole, **arrays})
    with pytest.raises(PredictionsError) as refused:
        compare([str(tmp_path / "fastai.npz")])
    assert wanted in str(refused.value)


def test_groups_places_and_seeds_of_arrays_count_and_others_are_named(tmp_path: Path) -> None:
    twice = {name: np.concatenate([values, values]) for name, values in {"preds": SHARES, "targs": LABEL}.items()}
    more = {"items": NAMES * 2, "seed": np.repeat([0.0, 1.0], COUNT), "group": np.tile(np.arange(COUNT) // 2, 2)}
    told = {**twice, **more, "place": np.tile(np.where(np.arange(COUNT) < 9, "field", "home"), 2)}
    np.savez(tmp_path / "tool.npz", **told, vocab=list(CLASSES), losses=np.zeros(3), decoded=np.tile(ANSWER, 2))
    compared = compare([str(tmp_path / "tool.npz")])
    recipe = of_tool(compared)
    assert (compared.evaluation["rows"], compared.evaluation["groups"], recipe["seeds"]) == (COUNT, COUNT // 2, 2)
    assert recipe["places"]["field"]["photos"] == 9
    assert f"'{tmp_path / 'tool.npz'}': not used: losses." in compared.notes


def test_one_output_rounded_is_an_answer(tmp_path: Path) -> None:
    two = LABEL % 2
    np.savez(tmp_path / "tool.npz", y_pred=ANSWER % 2 > 0, y_true=two.astype(np.float32), filenames=NAMES)
    assert of_tool(compare([str(tmp_path / "tool.npz")]))["accuracy"] == pytest.approx((two == ANSWER % 2).mean())


def saved_by_torch(path: Path) -> None:
    torch.save((torch.tensor(SHARES), torch.tensor(LABEL)), path)


def saved_by_old_torch(path: Path) -> None:
    torch.save((torch.tensor(SHARES), torch.tensor(LABEL)), path, _use_new_zipfile_serialization=False)


def saved_by_pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x04K\x2a.")  # the number 42


@pytest.mark.parametrize("save", [saved_by_torch, saved_by_old_torch, saved_by_pickle], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["preds.pth", "preds.pkl", "preds.npz", "preds.csv"])
def test_a_pickle_is_never_opened(save: Callable[[Path], None], name: str, tmp_path: Path) -> None:
    save(tmp_path / name)
    with pytest.raises(PredictionsError, match=r"left closed.*np\.savez\('answers\.npz', preds=preds\.numpy\(\)"):
        compare([str(tmp_path / name)])


def saved(by: Callable[..., None], array: np.ndarray) -> bytes:
    """What numpy writes."""
    file = BytesIO()
    by(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("results.csv", b"epoch,train/loss,metrics/accuracy_top1\n1,0.4,0.8\n", "one line per epoch of training"),
        ("history.csv", b"epoch,accuracy,loss,val_accuracy,val_loss\n0,0.4,0.8,0.1,0.2\n", "one line per epoch"),
        ("model.h5", b"\x89HDF\r\n\x1a\n" + bytes(60), "HDF5 file, such as weights of Keras"),
        ("timm.parquet", b"PAR1" + bytes(60), "--results-format csv"),
        ("timm.csv", b"filename,prob\na.jpg,0.9\nb.jpg,0.8\n", "--include-index"),
        ("timm.csv", b"filename,prob_0,prob_1\na.jpg,0.9,0.1\nb.jpg,0.8,0.2\n", "--include-index"),
        ("timm.csv", b"filename,index,prob\na.jpg,1,0.9\n", "timm: --fullname"),
        ("timm.json", b'{"a.jpg": 3}', "as timm's inference.py writes it"),
        ("yolo.csv", b"name,class,confidence\nEarly,0,0.9\n", "result.path in Ultralytics"),
        ("keras.csv", b"Filename,Predictions\na/1.jpg,0.93\nb/1.jpg,0.21\n", "1 - p and p"),
        ("keras.csv", b"Filename,Predictions\ntest/1.jpg,a\ntest/2.jpg,b\n", "folders that are no classes (test)"),
        ("sklearn.csv", b"y_pred\na\nb\n", "filenames in Keras"),
        ("preds.npy", saved(np.save, SHARES), "one array without names"),
        ("fastai.npz", saved(np.savez, np.array([Path("a.jpg")], dtype=object)), "items=[str(one) for one in items]"),
    ],
)
def test_what_holds_no_answers_is_refused_with_what_to_do(
    name: str, content: bytes, wanted: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PredictionsError) as refused:
        compare([str(tmp_path / name)])
    assert wanted in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("0.90 Early", "0.10 Late", "0.80 Late", "0.20 Early"), "more than once"),
        (("0 0.5 0.5 0.2 0.2",), "boxes of a detector"),
    ],
)
def test_label_files_of_something_else_are_refused(lines: tuple[str, ...], wanted: str, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    write(tmp_path / "labels" / "IMG_1.txt", *lines)
    with pytest.raises(PredictionsError, match=wanted):
        compare([str(tmp_path / "labels")])


@pytest.mark.parametrize(("name", "content"), [("._IMG_0000.txt", b"\0\5\x16\7"), (".IMG_0001.txt", b"")])
def test_hidden_files_beside_label_files_are_passed_over(name: str, content: bytes, tmp_path: Path) -> None:
    path = ultralytics(tmp_path)
    (path / name).write_bytes(content)
    assert len(read_label_files(path).photo) == len(NAMES)


@pytest.mark.parametrize(("name", "text"), [("00README.txt", "written in spring"), ("000.txt", "")])
def test_a_file_among_label_files_that_is_none_is_named(name: str, text: str, tmp_path: Path) -> None:
    path = ultralytics(tmp_path)
    (path / name).write_text(text)
    with pytest.raises(PredictionsError, match=f"{name}' must hold lines.* Take it out of the folder"):
        compare([str(path)])


def test_decimal_commas_in_a_table_of_timm(tmp_path: Path) -> None:
    shares = [f"{SHARES[row, one]:.4f}".replace(".", ",") for row, one in enumerate(ANSWER)]
    lines = (f"{name};{one};{share}" for name, one, share in zip(NAMES, ANSWER, shares, strict=True))
    path = write(tmp_path / "tool.csv", "filename;index;prob", *lines)
    assert compare([str(ours(tmp_path)), str(path)]).evaluation["rows"] == len(NAMES)
    write(path, "filename;index;prob", "a.jpg;0;0,9", "b.jpg;0;much")
    with pytest.raises(PredictionsError, match=r"Photo b.jpg has 'much'"):
        compare([str(path)])


def test_seeds_and_classes_with_a_decimal_comma_are_whole(tmp_path: Path) -> None:
    lines = [f"{row}.jpg;{row % 2},0;{row % 2},0;{seed},0" for seed in (0, 1) for row in range(10)]
    path = write(tmp_path / "tool.csv", "filename;y_true;y_pred;seed", *lines)
    evaluation = compare([str(path)]).evaluation
    assert (evaluation["seeds"], evaluation["classes"], evaluation["rows"]) == (2, ("0", "1"), 10)


def test_json_of_pandas_by_columns_is_called_so(tmp_path: Path) -> None:
    rows = {str(row): name for row, name in enumerate(NAMES)}
    write(tmp_path / "tool.json", json.dumps({"filename": rows, "y_true": rows, "y_pred": rows}))
    with pytest.raises(PredictionsError, match="a table of pandas by columns") as error:
        compare([str(tmp_path / "tool.json")])
    assert "orient='records'" in str(error.value)


def test_label_files_in_the_encoding_of_windows(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for name in ("잎마름병", "뷁반점병"):
        (labels / f"{name}.txt").write_bytes(f"0.90 {name}\n0.10 건강\n".encode("cp949"))
    truth = write(
        tmp_path / "ours.csv", "photo_id,label,predicted", *(f"{one},{one},건강" for one in ("잎마름병", "뷁반점병"))
    )
    assert of_tool(compare([str(truth), str(labels)]), tmp_path.name)["accuracy"] == 1
    (labels / "damaged.txt").write_bytes(b"0.90 \xff\x81\xff\x81\n")
    with pytest.raises(PredictionsError, match="must be text"):
        compare([str(truth), str(labels)])


def test_the_page_shows_what_is_not_known_as_such(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    compare([str(ours(tmp_path)), str(keras_answers(tmp_path))], html=page)
    text = page.read_text(encoding="utf-8")
    assert "Not known of tool: log loss" in text
    assert 'data-value="None"' not in text
    assert '<td data-value="">–</td>' in text
