import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.sim.camera_process import MAX_FAILURES, CameraFailure, CameraProcess
from touchloop.sim.scene_state import SceneState
from touchloop.tasks.environment import Environment


@pytest.fixture(scope="module")
def scene() -> tuple[SceneState, np.ndarray]:
    with Environment("wipe", pictures=True) as environment:
        (seen,) = environment.reset(2)
        assert seen.wrist_rgb is not None
        return environment.world.scene_state(), seen.wrist_rgb


@pytest.fixture
def cameras() -> Iterator[CameraProcess]:
    with CameraProcess() as cameras:
        yield cameras


def poll(cameras: CameraProcess):
    deadline_s = time.monotonic() + 20.0
    while (pictures := cameras.poll()) is None:
        assert time.monotonic() < deadline_s
        threading.Event().wait(0.005)
    return pictures


def test_pictures_are_the_same_as_in_process(cameras: CameraProcess, scene: tuple[SceneState, np.ndarray]) -> None:
    state, wrist = scene
    pictures = cameras.render(12, state)
    assert pictures.stamp_ns == 12
    (seen,) = pictures.wrist_rgb
    np.testing.assert_array_equal(seen, wrist)
    assert pictures.scene_rgb.shape == (240, 320, 3)
    assert cameras.request(13, state)
    assert not cameras.request(14, state)
    assert cameras.skipped == 1
    assert poll(cameras).stamp_ns == 13
    assert cameras.poll() is None


def test_a_killed_child_is_replaced(cameras: CameraProcess, scene: tuple[SceneState, np.ndarray]) -> None:
    os.kill(cameras.process_id, signal.SIGKILL)
    assert cameras.render(1, scene[0]).stamp_ns == 1
    assert cameras.restarts == 1
    os.kill(cameras.process_id, signal.SIGKILL)
    cameras.request(2, scene[0])
    assert poll(cameras).stamp_ns == 2
    assert cameras.restarts == 2


def test_a_child_that_dies_again_and_again_is_given_up(
    cameras: CameraProcess, scene: tuple[SceneState, np.ndarray]
) -> None:
    cameras.request(1, scene[0])
    for _ in range(MAX_FAILURES):
        kill_and_wait(cameras.process_id)
        assert cameras.poll() is None
    kill_and_wait(cameras.process_id)
    with pytest.raises(CameraFailure, match=f"died {MAX_FAILURES + 1} times"):
        cameras.poll()


def kill_and_wait(process_id: int) -> None:
    os.kill(process_id, signal.SIGKILL)
    os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOWAIT)


def test_the_child_ends_with_its_connection(cameras: CameraProcess) -> None:
    child = cameras.process_id
    cameras.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
