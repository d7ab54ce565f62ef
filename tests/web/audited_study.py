"""A study folder as an audit leaves it, written by hand: photos of two classes, and something wrong with some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from leafgraft.data.read.manifest import manifest_text
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.study_folder import StudyFolder

NAMES = (
    "Early_Blight/1.jpg",
    "Early_Blight/2.jpg",
    "Early_Blight/잎, 3.jpg",
    "Late_Blight/4.jpg",
    "Late_Blight/5.jpg",
    "Late_Blight/6.jpg",
)
MEASURED = {
    "LG006": {"pairs": [[NAMES[1], NAMES[3], 0.91]]},
    "LG020": {
        "suspects": [{"path": NAMES[0], "likelier": "Late_Blight", "likelier_probability": 0.97}],
        "judged_by": "a network",
    },
    "LG011": {"laplacian_variance": {}},
    "LG005": {"pairs": [[NAMES[3], NAMES[4], 0.95], [NAMES[4], NAMES[5], 0.62]]},
}
PHOTOS = {"LG011": [NAMES[2], NAMES[0]]}
ITEMS = (  # as they are shown
    (NAMES[1], NAMES[3]),
    (NAMES[0],),
    (NAMES[2],),
    (NAMES[4], NAMES[5]),
    (NAMES[3], NAMES[4]),
)


def write_study(home: Path, photos: str = "photos", **more: Any) -> Path:
    """Write photos and their study below a folder.

    Args:
        home: Where.
        photos: What the study file names.
        **more: Further keys of audit.json.
    """
    rows = []
    for number, name in enumerate(NAMES):
        path = home / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (300, 200), (60, 40 * number, 60)).save(path)
        rows.append(Photo(f"{number:016x}", name, name.split("/")[0], 300, 200, f"g-{number:016x}"))
    folder = StudyFolder(home / "study")
    named = photos if photos.startswith("{") else home / photos
    yaml = f"photos: {named}\nrecipes: [{{backbone: squeezenet1_1}}]\n"
    folder.write_text("resolved.yaml", yaml)
    folder.write_text("manifest.csv", manifest_text(Manifest(str(home / "photos"), tuple(rows))))
    folder.write_json("run.json", {"root": str(home / "photos"), "asked": str(home / "my study.yaml")})
    folder.write_json("splits.json", {"folds": [{"train": [], "validation": [], "test": [rows[0].photo_id]}]})
    folder.write_json("plan.json", {"trials": [{"key": "one"}, {"key": "two"}]})
    folder.trial("one").path.mkdir(parents=True)
    (folder.trial("one").path / "done").write_text("{}", encoding="utf-8")
    findings = [{"code": code, "photos": PHOTOS.get(code, []), "measured": of} for code, of in MEASURED.items()]
    folder.write_json("audit.json", {"findings": findings, **more})
    return folder.path
