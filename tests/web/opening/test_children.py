"""Commands as processes: started, refused, stopped, and found again after the page was gone."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.languages.speaking import speaking
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.limits import Refusal
from leafgraft.web.opening import children, steps
from leafgraft.web.opening.asked import Asked, read_asked
from leafgraft.web.opening.children import Children, said

Until = Callable[[Callable[[], object]], None]
HOLD = "import sys, time; from pathlib import Path; from leafgraft.storage.study_folder import StudyFolder\n"
HOLD += "with StudyFolder(Path(sys.argv[1])).lock(): print(flush=True); time.sleep(120)"


def asked_of(study: StudyFolder, preset: str = "hour") -> Asked:
    return replace(read_asked(study), preset=preset)


def test_one_run_at_a_time_and_it_stops_when_told(study: StudyFolder, started: Children, until: Until) -> None:
    asked = asked_of(study)
    started.start(study, steps.run(study, asked), asked)
    assert started.codes(study) == {"run": None}
    assert read_asked(study).preset == "hour"
    with pytest.raises(Refusal, match="under way"):
        started.start(study, steps.audit(study, asked), asked_of(study, "overnight"))
    assert read_asked(study).preset == "hour"
    until(study.file("log.jsonl").is_file)
    started.stop(study)
    until(lambda: started.codes(study)["run"] is not None)
    assert started.codes(study) == {"run": 143}
    assert said(study, "run").startswith("$ leafgraft run '")
    assert "run begins" in said(study, "run")
    started.start(study, steps.pick(study, "", Path("/밭")))
    until(lambda: started.codes(study)["pick"] is not None)
    started.start(study, steps.run(study, asked))
    assert list(started.codes(study)) == ["pick", "run"]  # as they were started


def test_a_command_speaks_as_the_page_does(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch, started: Children, until: Until
) -> None:
    monkeypatch.setattr(children, "PROGRAM", (sys.executable, "-c", "import os; print(os.environ['LEAFGRAFT_LANG'])"))
    for language in ("ko", "en"):
        with speaking(language):
            started.start(study, steps.pick(study, "", Path("/밭")))
        until(lambda: started.codes(study)["pick"] == 0)
        assert said(study, "pick").split()[-1] == language


def test_a_command_that_fails_says_why(study: StudyFolder, started: Children, until: Until) -> None:
    started.start(study, steps.run(study, Asked("/broken")))
    until(lambda: started.codes(study)["run"] is not None)
    assert started.codes(study) == {"run": 1}
    assert said(study, "run").rstrip().endswith("to do: Name another.")


def test_a_plan_counts_when_it_is_whole(study: StudyFolder, started: Children, until: Until) -> None:
    for preset in ("minutes", "overnight"):
        started.start(study, steps.plan(study, asked_of(study, preset)))
    until(lambda: None not in started.codes(study).values())
    assert started.codes(study) == {"plan-minutes": 0, "plan-overnight": 1}
    assert json.loads(study.file("open/plan-minutes.json").read_text())["seconds"] == 720
    assert not study.file("open/plan-overnight.json").exists()


def test_two_pages_of_one_study_plan_into_files_of_their_own(
    study: StudyFolder, started: Children, until: Until
) -> None:
    kept = "open/plan-minutes.json"
    other, gone = (study.file(f"{kept}.{pid}.new") for pid in (os.getppid(), 2**22 + 1))
    for path in (other, gone, study.file(f"{kept}.new")):
        study.write_text(str(path.relative_to(study.path)), "{half")
    started.start(study, steps.plan(study, asked_of(study, "minutes")))
    until(lambda: started.codes(study) == {"plan-minutes": 0})
    assert json.loads(study.file(kept).read_text(encoding="utf-8"))["seconds"] == 720
    assert list(study.file("open").glob("*.new")) == [other]
    assert other.read_text(encoding="utf-8") == "{half"


def test_a_run_of_somebody_else_is_found_and_stopped(study: StudyFolder, started: Children) -> None:
    command = [sys.executable, "-c", HOLD, str(study.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Refusal, match="under way"):
            started.start(study, steps.audit(study, asked_of(study)))
        started.stop(study)
        assert other.wait(60) == -signal.SIGTERM
    started.stop(study)  # nobody holds it: nothing to do


def test_a_run_on_another_machine_is_not_stopped_from_here(study: StudyFolder, started: Children) -> None:
    study.file(".lock").write_text('{"pid": 1, "host": "elsewhere", "started": 0}', encoding="utf-8")
    with pytest.raises(Refusal, match="It runs on elsewhere"):
        started.stop(study)


def test_a_page_opens_once_and_is_found_by_a_later_process(study: StudyFolder, started: Children) -> None:
    step = steps.review(study, asked_of(study))
    told = started.page(study, step)
    assert told["page"] == "http://127.0.0.1:1/label"
    process = started._of[study.path]["review"].process
    assert started.page(study, step) is told
    assert Children().page(study, step)["page"] == told["page"]
    assert started.codes(study) == {}
    started.close()
    assert process.returncode == 143
    again = started.page(study, step)
    assert again is not told


def test_a_page_that_shows_older_findings_is_opened_anew(study: StudyFolder, started: Children) -> None:
    study.write_json("audit.json", {})
    started.page(study, steps.review(study, asked_of(study)))
    process = started._of[study.path]["review"].process
    os.utime(study.file("audit.json"), (1, 1))
    later = Children()
    later.page(study, steps.review(study, asked_of(study)))
    assert not psutil.pid_exists(process.pid)
    process.wait()
    later.close()


def test_a_copy_of_a_study_has_a_page_of_its_own(study: StudyFolder, started: Children) -> None:
    study.write_json("audit.json", {})
    first = steps.review(study, asked_of(study))
    told = started.page(study, first)
    copy = StudyFolder(shutil.copytree(study.path, study.path.with_name("copy")))
    step = steps.review(copy, asked_of(copy))
    assert step.shows == first.shows  # times are kept
    started.page(copy, step)
    own, other = (started._of[one.path]["review"].process for one in (study, copy))
    assert (own.poll(), other.poll()) == (None, None)
    assert other.args[-7:-5] == ["label", str(copy.path)]
    assert started.page(study, first) is told


def test_a_page_of_another_place_is_ended_by_a_later_process(study: StudyFolder, started: Children) -> None:
    """Else two would be open, and the first could never be found again."""
    for place in ("north", "south"):
        study.write_text(steps.picks_of(study, place).name, "path\n")
    started.page(study, steps.label(study, "north"))
    process = started._of[study.path]["label"].process
    later = Children()
    later.page(study, steps.label(study, "south"))
    assert not psutil.pid_exists(process.pid)
    process.wait()
    later.close()


def test_plans_end_when_a_run_begins(study: StudyFolder, started: Children, until: Until) -> None:
    started.start(study, replace(steps.run(study, asked_of(study)), name="plan-hour", writes=False, kept="open/x"))
    process = started._of[study.path]["plan-hour"].process
    until(lambda: "run begins" in said(study, "plan-hour"))
    started.start(study, steps.run(study, asked_of(study)))
    assert process.poll() == 143


@pytest.mark.parametrize("told", [True, False])
def test_what_was_told_to_end_did_not_fail(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch, started: Children, until: Until, *, told: bool
) -> None:
    """Windows ends a process with 1, the code of a failure."""
    ends = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)); print('on', flush=True); "
    monkeypatch.setattr(children, "PROGRAM", (sys.executable, "-c", f"{ends}time.sleep(120)"))
    started.start(study, steps.run(study, asked_of(study)))
    until(lambda: said(study, "run").endswith("on\n"))
    if told:
        started.stop(study)
    else:
        started._of[study.path]["run"].process.terminate()
    until(lambda: started.codes(study)["run"] is not None)
    assert started.codes(study) == {"run": -15 if told else 1}


def test_a_page_for_another_bundle_takes_the_place_of_the_first(study: StudyFolder, started: Children) -> None:
    for place in ("", "밭"):
        steps.bundle_of(study, place).mkdir(parents=True)
    first = started.page(study, steps.phone(study, ""))
    process = started._of[study.path]["phone"].process
    assert started.page(study, steps.phone(study, "밭")) is not first
    assert process.wait(60) == 143
    assert not study.file("open/phone.json").exists()  # its address holds a token


def test_a_page_that_does_not_open_says_why(study: StudyFolder, started: Children) -> None:
    with pytest.raises(Refusal, match=r"Error: '.*bundle' must be there\.") as refused:
        started.page(study, steps.phone(study, ""))
    assert refused.value.code == "stopped"


def test_a_full_disk_is_said(study: StudyFolder, started: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(children.subprocess, "Popen", fail)
    with pytest.raises(StudyFolderError, match="The disk is full"):
        started.start(study, steps.plan(study, asked_of(study)))


def test_a_run_outlives_the_page(study: StudyFolder, tmp_path: Path) -> None:
    """Ctrl+C goes to every process of a session: a run must be in another."""
    stand_in = Path(__file__).with_name("stand_in.py")
    code = "from pathlib import Path; from leafgraft.storage.study_folder import StudyFolder\n"
    code += "from leafgraft.web.opening import children, steps; from leafgraft.web.opening.asked import Asked\n"
    code += f"children.PROGRAM = ({sys.executable!r}, {str(stand_in)!r}); found = children.Children()\n"
    code += f"folder = StudyFolder(Path({str(study.path)!r})); found.start(folder, steps.run(folder, Asked('/a')))\n"
    code += "child = found._of[folder.path]['run'].process; print(child.pid); found.close()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pid = int(done.stdout)
    try:
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGKILL)
