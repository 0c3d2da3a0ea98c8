import numpy as np
import pytest

from touchloop.sim.workbench.layout import tool_pose
from touchloop.sim.workbench.loose_tool import LooseTool

SLOT = tool_pose(np.array([0.4, 0.15, 0.04]), 0.3)


@pytest.fixture
def tool():
    made = LooseTool("wiper", SLOT, np.array([0.01, -0.01, 0.2]))
    made.state = "held"
    return made


def test_slides_into_its_slot_when_it_is_let_go_near_it(tool):
    tool.pose = tool_pose(SLOT[:3] + np.array([0.006, 0.0, 0.005]), 0.35)
    tool.let_go()
    assert tool.state == "parked"
    assert tool.pose == pytest.approx(SLOT)


@pytest.mark.parametrize(("shift", "yaw"), [([0.03, 0.0, 0.0], 0.3), ([0.0, 0.0, 0.0], 0.6)])
def test_falls_when_it_is_let_go_elsewhere_or_turned(tool, shift, yaw):
    tool.pose = tool_pose(SLOT[:3] + shift, yaw)
    tool.let_go()
    assert tool.state == "falling"


def test_rolls_where_it_lands_after_a_long_fall(tool):
    tool.pose = tool_pose(np.array([0.6, 0.0, 0.3]), 0.0)
    tool.let_go()
    ticks = 0
    while tool.state == "falling":
        tool.fall(0.0, True, 0.004)
        ticks += 1
    assert ticks * 0.004 == pytest.approx(np.sqrt(2 * 0.3 / 9.81), abs=0.01)
    assert tool.state == "resting"
    assert tool.pose[:3] == pytest.approx([0.61, -0.01, 0.0])


def test_stays_where_it_is_set_down(tool):
    tool.pose = tool_pose(np.array([0.6, 0.0, 0.005]), 0.0)
    tool.let_go()
    while tool.state == "falling":
        tool.fall(0.0, True, 0.004)
    assert tool.pose[:3] == pytest.approx([0.6, 0.0, 0.0])
