"""The graph's resize is that of training, to the last byte."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from leafgraft.data.decode.resize import resize
from leafgraft.export.preprocessing import build_preprocessing

SIZES = [
    *((1, 1), (1, 500), (500, 1), (2, 3), (3000, 37), (37, 3000), (31, 33), (64, 64), (63, 200), (480, 640)),
    *((641, 481), (224, 224), (225, 224), (223, 500), (256, 256), (257, 255), (1000, 1001), (77, 333), (333, 77)),
    (1024, 768),
]


def session_for(side):
    return onnxruntime.InferenceSession(
        build_preprocessing(side).SerializeToString(), providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="module", params=[224, 64, 31])
def side_and_session(request):
    return request.param, session_for(request.param)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_equals_trainings_resize_to_the_byte(side_and_session, height, width):
    side, session = side_and_session
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    (square,) = session.run(None, {"photo": photo})
    assert square.dtype == np.float32
    assert square.shape == (1, 3, side, side)
    np.testing.assert_array_equal(square[0].transpose(1, 2, 0), resize(photo, side))


def test_a_photo_of_twelve_megapixels_too():
    photo = np.random.default_rng(0).integers(0, 256, (3024, 4032, 3), dtype=np.uint8)
    (square,) = session_for(224).run(None, {"photo": photo})
    np.testing.assert_array_equal(square[0].transpose(1, 2, 0), resize(photo, 224))


def test_white_and_black_stay_so():
    session = session_for(48)
    for level in (0, 255):
        photo = np.full((333, 77, 3), level, dtype=np.uint8)
        assert (session.run(None, {"photo": photo})[0] == level).all()
