"""Where a study is: its log as it grows, who holds it, and what the commands of the page said last."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leafgraft.languages import speaking
from leafgraft.records.digest import short_digest
from leafgraft.records.finding import COUNTED, FOUND, HARM
from leafgraft.storage.files.event_log import EPOCH, PROGRESS, events_in
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening.asked import ASKED, OPENED, changed_s
from leafgraft.web.opening.children import Children, said
from leafgraft.web.opening.field import PARCELS
from leafgraft.web.opening.overview import finding_in_words

LATEST = 8  # tasks that are listed
LITTLE = 50 << 20  # bytes left on the disk
SHOWN = (  # what the page shows of the files of a study
    *(ASKED, "run.json", "audit.json", "plan.json", "evaluation.json", "verdict.json", "report/index.html"),
    *("bundle/bundle.json", "corrections.csv", PARCELS),
)
SHOWN_TOO = (
    *(f"{OPENED}/plan-*.json", "adaptation/*/*.json", "adaptation/*/bundle/bundle.json"),
    *("picks*.csv", "labels*.csv"),
)


class Following:
    """Follows one study.

    Args:
        folder: The study.
        children: What the page started.
    """

    def __init__(self, folder: StudyFolder, children: Children) -> None:
        self._folder, self._children = folder, children
        self._read, self._run = 0, dict[str, Any]()

    def look(self) -> dict[str, Any]:
        """Where it is now."""
        for event in self._new_events():
            hear(self._run, event)
        holder = self._folder.holder()
        codes, pids = self._children.codes(self._folder), self._children.pids(self._folder)
        return {
            "run": _in_words(self._run),
            "holder": {"pid": holder.pid, "host": holder.host} if holder else None,
            "steps": {
                name: {"code": codes.get(name), "ours": name in codes, "pid": pids.get(name), "said": words}
                for name, words in self._said()
            },
            "started": list(codes),
            "disk_full": _free_bytes(self._folder.path) < LITTLE,
            "files": self._files(),
        }

    def _new_events(self) -> Iterator[Mapping[str, Any]]:
        """Whole lines of log.jsonl that were not read yet."""
        try:
            with self._folder.file("log.jsonl").open("rb") as file:
                if self._read > file.seek(0, 2):
                    self._read = 0  # it was begun anew
                file.seek(self._read)
                content = file.read()
        except OSError:
            return
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        yield from events_in(whole)

    def _said(self) -> list[tuple[str, str]]:
        files = sorted(self._folder.file(OPENED).glob("*.txt"))
        return [(file.stem, said(self._folder, file.stem)) for file in files]

    def _files(self) -> str:
        """Changes with the files that the page shows."""
        files = [self._folder.file(name) for name in SHOWN]
        for pattern in SHOWN_TOO:
            files += sorted(self._folder.path.glob(pattern))
        return short_digest(json.dumps([(str(file), changed_s(file)) for file in files]), 16)


def _in_words(run: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its tasks called, and its findings told, in the language that is spoken."""
    return {
        **run,
        **({"task": _called(run["task"])} if run.get("task") else {}),
        **({"tasks": [_called(one) for one in run["tasks"]]} if run.get("tasks") else {}),
        **({"findings": [finding_in_words(one) for one in run["findings"]]} if run.get("findings") else {}),
    }


def _called(task: Mapping[str, Any]) -> dict[str, Any]:
    return {**task, "name": speaking.said(str(task["name"]))}


def hear(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    """Take down one event of the log.

    Args:
        run: Of the last run: ``stage``, ``stages`` that are over, ``task`` and ``tasks``, ``epoch``, ``left`` (seconds
            from ``time``), ``memory``, the photos that were ``counted``, ``findings`` so far, worst first, whether it
            ``ended``.
        event: A line of log.jsonl.
    """
    kind = event.get("event")
    if kind == "run started":
        run.clear()
        run.update(pid=event.get("pid"), since=event.get("time"), stages=[], tasks=[], task=None, ended=False)
        run.update(stage="", epoch=None, left=None, counted=None, findings=[])
    if not run:
        return
    run.update(time=event.get("time"), memory=event.get("memory"))
    if kind in _HEARD:
        _HEARD[kind](run, event)


def _stage_ended(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["stages"] = [*run["stages"], event["stage"]]
    run.update(stage="", task=None, epoch=None)


def _expected(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["left"] = {"seconds": sum((event.get("stages") or {}).values()), "time": event.get("time")}


def _progressed(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    done, total = event.get("done") or 0, event.get("total") or 0
    run["task"] = {"name": event.get("task"), "done": done, "total": total} if done < total else None
    if event.get("seconds_left") is not None:
        run["left"] = {"seconds": event["seconds_left"], "time": event.get("time")}


def _task_started(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["task"] = {"name": event.get("task"), "done": 0, "total": event.get("total")}


def _task_ended(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    done = {"name": event.get("task"), "total": event.get("total"), "seconds": event.get("seconds")}
    run["tasks"], run["task"] = [*run["tasks"], done][-LATEST:], None


def _counted(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["counted"] = {name: event.get(name) for name in ("photos", "classes")}


def _found(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["findings"] = sorted([*run["findings"], event], key=lambda one: (HARM.get(one["severity"], 0), -one["photos"]))


def _epoch(run: dict[str, Any], event: Mapping[str, Any]) -> None:
    run["epoch"] = {name: event.get(name) for name in ("trial", "epoch", "validation_accuracy")}


_HEARD: dict[str, Callable[[dict[str, Any], Mapping[str, Any]], None]] = {
    "stage started": lambda run, event: run.update(stage=event["stage"]),
    "stage finished": _stage_ended,
    "time expected": _expected,
    PROGRESS: _progressed,
    "task started": _task_started,
    "task finished": _task_ended,
    COUNTED: _counted,
    FOUND: _found,
    EPOCH: _epoch,
    "run ended": lambda run, _event: run.update(ended=True, left=None),
}


def _free_bytes(path: Path) -> int:
    there = next((one for one in (path, *path.parents) if one.exists()), path)
    try:
        return shutil.disk_usage(there).free
    except OSError:
        return LITTLE
