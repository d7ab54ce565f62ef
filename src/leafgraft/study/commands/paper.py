"""`leafgraft paper`: figures, tables, methods, results and references of a finished study, as files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from leafgraft import __version__
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.display import first_of, html_list, html_note
from leafgraft.records.progress import Progress, Silent
from leafgraft.report.paper.terms import checked
from leafgraft.storage.corrections import corrections_taken
from leafgraft.storage.files.atomic import write_bytes, write_json
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import command_again, judged
from leafgraft.study.paper_kit import open_kit

LISTED = "kit.json"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class PaperFiles:
    """What was written for a paper.

    Attributes:
        folder: Where.
        files: Paths in it.
        missing: What the study has nothing for, and what to do, in sentences.
    """

    folder: Path
    files: tuple[str, ...]
    missing: tuple[str, ...]

    def _repr_html_(self) -> str:
        """Where, and what is missing."""
        return html_note(f"{len(self.files)} files in {self.folder}") + html_list("Missing", self.missing)


def paper(
    study_dir: str | Path, *, out: str | Path | None = None, language: str = "en", progress: Progress | None = None
) -> PaperFiles:
    """Write figures, tables, methods, results and references of a study.

    Args:
        study_dir: A study folder that was run at least as far as its evaluation.
        out: Folder to write to; ``STUDY_DIR/paper`` by default. Only files of an earlier kit are replaced.
        language: Language of words on figures and over columns, ``en`` or ``ko``; texts are written in both.
        progress: Shows how far it is.

    Raises:
        StudyFolderError: It is no study folder, is not evaluated yet, or a file of it is damaged.
        UsageError: The folder `out` holds other files of these names, or the extra ``paper`` is not installed.
    """
    words = checked(language)
    folder = StudyFolder(as_meant(study_dir))
    target = as_meant(out) if out else folder.path / "paper"
    _check_evaluated(folder)
    if target.exists() and not target.is_dir():
        raise UsageError("--out must name a folder.", f"'{target}' is a file.", "Name another.")
    with judged(folder, to_read=True):
        kit = open_kit(folder)
        made, missing = kit.files(words), kit.missing(words)
        about = {"study": kit.contents.run["name"], "language": language, "missing": missing}
        earlier = _claim(target, kit.names, about)
        with (progress or Silent()).task("Figures, tables, texts", len(kit.names)) as advance:
            files: dict[str, bytes] = {}
            for name, content in made:
                files[name] = content
                advance(1)
            _write(target, files, earlier, about)
    return PaperFiles(target, tuple(files), missing)


def _check_evaluated(folder: StudyFolder) -> None:
    folder.read_json("run.json")
    if not folder.has("evaluation.json") or not folder.has("verdict.json"):
        named = load_study(folder.file("resolved.yaml")).corrections
        again = command_again(folder, corrections_taken(folder.path, named))
        raise StudyFolderError(
            f"'{folder.path}' must hold a study that was evaluated.",
            "Its run ended before that: there is no evaluation.",
            f"Go on with it: {again}" if again else "Run the study again: it goes on where it was.",
        )


def _claim(target: Path, names: Sequence[str], about: Mapping[str, object]) -> set[str]:
    """Make the folder and list its files before any is made; hands back those of an earlier kit.

    Killed in between, the next kit knows which files are its own.

    Raises:
        StudyFolderError: It cannot be written.
        UsageError: It holds other files of these names.
    """
    named = read_json_file(target / LISTED).get("files", ()) if (target / LISTED).is_file() else ()
    earlier = {str(name) for name in named if (target / str(name)).resolve().is_relative_to(target.resolve())}
    taken = [name for name in names if name not in earlier and (target / name).exists()]
    if taken:
        raise UsageError(
            f"'{target}' must be a new folder, an empty one, or one that holds a kit.",
            f"It holds {first_of(taken, MOST_NAMED)}, which no kit of leafgraft lists and which would be replaced.",
            "Name another folder with --out.",
        )
    _list(target, {*names, *earlier}, about)
    return earlier


def _write(target: Path, files: Mapping[str, bytes], earlier: AbstractSet[str], about: Mapping[str, object]) -> None:
    """Write all files; those of an earlier kit that are no longer made are deleted, all others are left as they are."""
    for name, content in files.items():
        write_bytes(target / name, content)
    for name in earlier - set(files):
        (target / name).unlink(missing_ok=True)
    _list(target, files, about)


def _list(target: Path, names: Collection[str], about: Mapping[str, object]) -> None:
    write_json(target / LISTED, {"leafgraft": __version__, **about, "files": sorted(names)})
