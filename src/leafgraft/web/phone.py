"""Writes the phone page: a folder of plain files that any web server can host, at any path."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from leafgraft.errors import BundleError
from leafgraft.storage.atomic import to_json, write_bytes, write_text
from leafgraft.web.bundle import MODEL, Bundle, read_bundle

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
ONNXRUNTIME = VENDOR / "onnxruntime"
LOADER, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"


def write_phone_page(bundle_path: Path, target: Path) -> Path:
    """Write the phone page of a bundle.

    Args:
        bundle_path: Folder of the bundle.
        target: Where to write; a page that is already there is replaced.

    Returns:
        `target`.

    Raises:
        BundleError: The bundle is damaged, or this installation holds no onnxruntime-web.
        StudyFolderError: `target` cannot be written, or holds other things than a phone page.
    """
    return write_page(read_bundle(bundle_path), target)


def write_page(bundle: Bundle, target: Path) -> Path:
    """Write the phone page of a bundle that was read; see `write_phone_page`."""
    files = _own_files()
    files[MODEL] = bundle.model
    files["phone.json"] = to_json(_describe(bundle, files)).encode()
    names = sorted(name for name in files if name != "sw.js")
    hashes = "".join(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    worker = files["sw.js"].decode().replace("@VERSION@", hashlib.sha256(hashes.encode()).hexdigest()[:16])
    files["sw.js"] = worker.replace("@FILES@", json.dumps(names)).encode()
    if target.is_dir() and (target / "phone.json").is_file():
        shutil.rmtree(target)
    for name, content in files.items():
        write_bytes(target / name, content)
    write_text(target / ".nojekyll", "")
    return target


def _own_files() -> dict[str, bytes]:
    """All files of the page but the model, by their path in it."""
    folder = STATIC / "phone"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in (LOADER, WASM):
        try:
            files[f"vendor/{name}"] = (ONNXRUNTIME / name).read_bytes()
        except FileNotFoundError:
            raise BundleError(
                f"The phone page needs {name} of onnxruntime-web.",
                "This checkout of leafgraft does not hold it; an installed leafgraft does.",
                "Run `make web` in the checkout (it needs npm).",
            ) from None
    return files


def _describe(bundle: Bundle, files: dict[str, bytes]) -> dict[str, object]:
    """What the page reads first."""
    index = bundle.index
    languages = {
        Path(name).stem: json.loads(content)["name"]
        for name, content in sorted(files.items())
        if name.startswith("languages/")
    }
    return {
        "study": index.study,
        "recipe": index.recipe,
        "trial": index.trial,
        "created": index.created,
        "leafgraft": index.leafgraft,
        "classes": index.classes,
        "set_threshold": index.conformal.threshold,
        "distance_threshold": index.known_leaf.threshold,
        "languages": languages,
        "model": _measure(MODEL, files),
        "wasm": _measure(f"vendor/{WASM}", files),
        "bytes": sum(map(len, files.values())),
    }


def _measure(name: str, files: dict[str, bytes]) -> dict[str, object]:
    content = files[name]
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
