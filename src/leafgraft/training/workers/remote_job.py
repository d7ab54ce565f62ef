"""A task: a job done away from the driver, in a folder of its own, telling how far it is."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Protocol

from leafgraft.errors import LeafgraftError
from leafgraft.records.progress import Progress
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.workers.events import Asks, Broke, Ended, Event, ProgressSender
from leafgraft.training.workers.jobs import Job, JobContext, perform


class Line(Protocol):
    """To the driver."""

    def send(self, event: Event) -> None:
        """Tell the driver."""

    def ask(self, question: Asks) -> bool:
        """Ask the driver, and wait for its answer."""


def do_remote_job(
    job: Job, folder: TrialFolder, line: Line, open_inputs: Callable[[Progress], TrialInputs]
) -> Ended | Broke:
    """Do a job.

    Args:
        job: What to do.
        folder: Where to write; its checkpoint, if there is one, is where to go on from.
        line: To the driver.
        open_inputs: Opens what the job is trained on.
    """
    relay = ProgressSender(line.send, folder)
    try:
        context = JobContext(open_inputs(relay), folder, relay, lambda epoch, loss: line.ask(Asks(epoch, loss)))
        return Ended(perform(job, context))
    except (LeafgraftError, OSError) as error:  # a full disk is said as in the driver
        return Broke(error)
    except Exception:  # noqa: BLE001 - the driver raises it
        return Broke(traceback.format_exc())
