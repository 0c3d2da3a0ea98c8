import math

import numpy as np
from scipy.spatial.transform import Rotation

from touchloop_nodes.safety_guided import GuidedChecks

DOWN = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
TILTED = np.concatenate([DOWN[:3], Rotation.from_euler("xyz", [math.pi - 0.6, 0, 0]).as_quat()])
PUSH = np.array([0.0, 1.0, 0.0])


class Tool:
    def __init__(self) -> None:
        self.pose, self.wrench = DOWN, np.zeros(6)

    def __call__(self) -> tuple[np.ndarray, np.ndarray]:
        return self.pose, self.wrench


def test_what_a_person_has_to_show_is_said_until_it_was() -> None:
    tool = Tool()
    guided = GuidedChecks("touch and tare", PUSH, tool)
    touch, tare = guided.results()
    assert "push the tool along +y of base" in touch.reason
    assert "call ~/check_tare" in tare.reason
    assert not guided.touch().passed, "nobody pushes"
    # A tool that points down feels y of base along its own -y.
    tool.wrench = np.array([0.0, -6.0, 0.0, 0.0, 0.0, 0.0])
    assert guided.touch().passed
    tool.wrench = np.zeros(6)
    assert "turn the tool" in guided.tare().reason
    tool.pose = TILTED
    assert guided.tare().passed
    assert all(check.passed for check in guided.results())


def test_a_push_that_another_arm_feels_is_refused() -> None:
    guided = GuidedChecks("touch", PUSH, Tool())
    assert "only 0.0 N were felt" in guided.touch().reason
    assert [check.passed for check in guided.results()] == [False]
    assert GuidedChecks("no", PUSH, Tool()).results() == []
