"""What stops a job away from the driver stops the study there in the same words."""

import errno
import pickle

import pytest
from drawn_trials import draw_trial

from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.workers.jobs import Job
from leafgraft.training.workers.remote_job import do_remote_job


class Nobody:
    def send(self, event):
        """Hear nothing."""


def test_a_full_disk_is_what_the_driver_hears_of(tmp_path):
    def open_inputs(_progress):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "checkpoint"))

    broke = do_remote_job(Job(draw_trial(), "drawn"), TrialFolder(tmp_path), Nobody(), open_inputs)
    with pytest.raises(OSError, match="No space left") as caught:
        pickle.loads(pickle.dumps(broke)).throw()
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path / "checkpoint")
