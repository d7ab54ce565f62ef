"""The label page of a zip that a phone gave back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.errors import LabelsError
from leafgraft.study.commands.field.label import open_labelling


def test_photos_that_the_phone_left_without_a_label_are_shown(tmp_path: Path) -> None:
    zipped = tmp_path / "밭.zip"
    with zipfile.ZipFile(zipped, "w") as opened:
        opened.writestr("labels.csv", "path,label\n")
        opened.writestr("picks.csv", "path,suggested,probability,place\nunlabelled/a.jpg,Healthy,0.7,밭\n")
        opened.writestr("picks.json", '{"classes": ["Healthy", "Late"]}')
        with opened.open("unlabelled/a.jpg", "w") as file:
            Image.new("RGB", (24, 24), "green").save(file, "JPEG")
    for _ in range(2):  # the same command goes on where it was
        with open_labelling(zipped, labeller="Ana") as labelling:
            [photo] = labelling.sheet.photos
            assert (photo.suggested, photo.probability) == ("Healthy", 0.7)
            assert labelling.sheet.classes == ("Healthy", "Late")
            assert labelling.sheet.labels == tmp_path / "밭-labels.csv"
            assert (tmp_path / photo.path).is_file()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as opened:
        opened.writestr("labels.csv", "path,label\n")
    with pytest.raises(LabelsError, match="All were labelled on the phone"), open_labelling(tmp_path / "all.zip"):
        pass
