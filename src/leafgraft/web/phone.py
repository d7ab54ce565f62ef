"""Writes the phone page: a folder of plain files that any web server can host, at any path."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import BundleError, StudyFolderError
from leafgraft.languages.editions import Edition, editions
from leafgraft.languages.speaking import said, speaking
from leafgraft.records.digest import short_digest
from leafgraft.records.display import size
from leafgraft.storage.files.atomic import atomic_file, to_json, write_bytes, write_text
from leafgraft.storage.files.checksums import checksum_of
from leafgraft.web.bundle import MODEL, Bundle, read_bundle
from leafgraft.web.evidence import evidence_of

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
ONNXRUNTIME = VENDOR / "onnxruntime"
LOADER, WASM, ZIP = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm", "client-zip.js"
VENDORED = (ONNXRUNTIME / LOADER, ONNXRUNTIME / WASM, VENDOR / "client-zip" / ZIP)
STEPS = STATIC / "PUBLISH.txt"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can tell: the clock of a small machine may stand at 1970
GITHUB_IN_BROWSER, GITHUB_AT_ALL = 25 << 20, 100 << 20  # bytes of a file
INDEX, MANIFEST, SERVICE_WORKER = "index.html", "manifest.webmanifest", "sw.js"
# What the page may do: it runs and fetches its own files only, so no photo can leave the phone. The page carries it
# itself, and its service worker gives it to the worker that holds the network: a plain web server sends no such header.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


def write_phone_page(bundle_path: str | Path, target: str | Path) -> Path:
    """Write the phone page of a bundle.

    Args:
        bundle_path: Folder of the bundle.
        target: Where to write: a new or empty folder, or one that holds a phone page, whose files are replaced.

    Returns:
        Path of `target`.

    Raises:
        BundleError: The bundle is damaged, or this installation lacks what it runs on.
        StudyFolderError: `target` cannot be written, or holds other things than a phone page.
    """
    return write_page(read_bundle(bundle_path), as_meant(target))


def write_page(bundle: Bundle, target: Path, *, ready_at: str = "") -> Path:
    """Write the phone page of a bundle that was read; see `write_phone_page`.

    With `ready_at`, the page tells at this address of its server whether it is kept; it sends nothing but that.
    """
    _check_target(target)
    files = _own_files()
    files[MODEL] = bundle.model
    files["phone.json"] = to_json({**_describe(bundle, files), "ready_at": ready_at}).encode()
    files[MANIFEST] = _name_manifest(files[MANIFEST], bundle.index.study)
    files[INDEX] = files[INDEX].replace(b"@POLICY@", POLICY.encode())
    worker = _fill_service_worker(files.pop(SERVICE_WORKER), files)
    for name, content in files.items():
        write_bytes(target / name, content)
    write_text(target / ".nojekyll", "")  # GitHub Pages then serves every file as it is
    write_bytes(target / SERVICE_WORKER, worker)  # last: a phone that sees a new one fetches the others at once
    return target


def zip_page(page: Path, target: Path) -> None:
    """Write a phone page as one file for any static host, with the steps, and what becomes public by that.

    Each language has its own file of the steps.

    Args:
        page: Folder of the phone page.
        target: The zip. The same page gives the same bytes; its files are as old as the bundle. Servers tell by age and
            size whether a browser has a file already, and the service worker's size is always the same.

    Raises:
        StudyFolderError: It cannot be written.
    """
    files = sorted(path for path in page.rglob("*") if path.is_file())
    about = json.loads((page / "phone.json").read_text(encoding="utf-8"))
    made = max(datetime.fromisoformat(about["created"]).timetuple()[:6], EARLIEST)
    with atomic_file(target) as opened, zipfile.ZipFile(opened, "w") as archive:
        largest = max(files, key=lambda path: path.stat().st_size)
        for edition in editions(STEPS):
            archive.writestr(_entry(edition.path.name, made), _steps(about["study"], largest, edition))
        for path in files:
            entry = _entry(path.relative_to(page).as_posix(), made)
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as into:
                shutil.copyfileobj(source, into)


def _entry(name: str, made: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
    return entry


def _steps(study: str, largest: Path, edition: Edition) -> str:
    size_bytes = largest.stat().st_size
    github = f"The largest file, {largest.name}, has {size(size_bytes)}. "
    if size_bytes > GITHUB_AT_ALL:
        github += "GitHub takes no file over 100 MiB. Use another host, or export a smaller network (--trial KEY)."
    elif size_bytes > GITHUB_IN_BROWSER:
        github += "GitHub takes files over 25 MiB only by git push."
    else:
        github += "GitHub takes it in the browser, too (25 MiB at most)."
    text = edition.path.read_text(encoding="utf-8")
    with speaking(edition.language):
        return text.replace("@GITHUB@", said(github)).replace("@STUDY@", study)


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        found = "It is a file."
    elif target.is_dir() and any(target.iterdir()) and not (target / "phone.json").is_file():
        found = "It holds other files."
    else:
        return
    raise StudyFolderError(
        f"The phone page needs a folder of its own, '{target}'.", found, "Name a new folder, or empty this one."
    )


def _fill_service_worker(worker: bytes, files: dict[str, bytes]) -> bytes:
    """Write into the service worker what it keeps, by SHA-256; its version is a hash over that and itself."""
    hashes = {name: checksum_of(files[name]) for name in sorted(files)}
    values = {
        "@VERSION@": short_digest(json.dumps([checksum_of(worker), hashes]), 16),
        "@FILES@": hashes,
        "@POLICY@": POLICY,
    }
    text = worker.decode()
    for mark, value in values.items():
        text = text.replace(mark, json.dumps(value))
    return text.encode()


def _name_manifest(content: bytes, study: str) -> bytes:
    """Give an installed page the name of its study: a phone may hold several."""
    return to_json({**json.loads(content), "name": f"{study} · leafgraft", "short_name": study}).encode()


def _own_files() -> dict[str, bytes]:
    """All files of the page but the model, by their path in it."""
    folder = STATIC / "phone"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in VENDORED:
        try:
            files[f"vendor/{path.name}"] = path.read_bytes()
        except FileNotFoundError:
            raise BundleError(
                f"The phone page needs {path.name} of {path.parent.name}.",
                "This checkout of leafgraft does not hold it; an installed leafgraft does.",
                "Run `make web` in the checkout (it needs npm).",
            ) from None
    return files


def _describe(bundle: Bundle, files: dict[str, bytes]) -> dict[str, object]:
    """What the page reads first."""
    index = bundle.index
    evidence = evidence_of(index)
    languages = {
        Path(name).stem: json.loads(content)["name"]
        for name, content in sorted(files.items())
        if name.startswith("languages/")
    }
    return {
        "bundle": index.identity,
        "study": index.study,
        "recipe": index.recipe,
        "trial": index.trial,
        "created": index.created,
        "leafgraft": index.leafgraft,
        "classes": index.classes,
        "set_threshold": index.conformal.threshold,
        "distance_threshold": index.known_leaf.threshold,
        "evidence": evidence.to_json() if evidence else None,
        "languages": languages,
        "model": _measure(MODEL, files),
        "wasm": _measure(f"vendor/{WASM}", files),
        "bytes": sum(map(len, files.values())),
    }


def _measure(name: str, files: dict[str, bytes]) -> dict[str, object]:
    content = files[name]
    return {"file": name, "bytes": len(content), "sha256": checksum_of(content)}
