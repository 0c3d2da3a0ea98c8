from pathlib import Path

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.safety.collision import CollisionGuard, movable_joints
from touchloop.sim.arm import HOME_JOINT_POSITIONS, JOINT_NAMES, urdf_path

pytest.importorskip("pinocchio")
URDF = Path(urdf_path()).read_text()
FOLDED = np.array([0.0, -0.25, 0.0, -3.07, 0.0, 3.7, 0.785])
"""The wrist turned up into the forearm's side."""
LOW = np.array([0.0, 1.55, 0.0, -0.6, 0.0, 2.2, 0.785])
"""The elbow down at the table."""


@pytest.fixture(scope="module")
def guard() -> CollisionGuard:
    return CollisionGuard(URDF, JOINT_NAMES, HOME_JOINT_POSITIONS, table_z_m=0.0, touching=("tool0",))


def test_at_rest_and_near_it_nothing_is_too_near(guard: CollisionGuard) -> None:
    assert guard.problem(HOME_JOINT_POSITIONS) == ""
    random = np.random.default_rng(0)
    for _ in range(50):
        assert guard.problem(HOME_JOINT_POSITIONS + random.uniform(-0.2, 0.2, 7)) == ""
    assert guard.pair_count > 10


def test_the_table_is_named(guard: CollisionGuard) -> None:
    said = guard.problem(LOW)
    assert "mm from table, the limit is 20 mm" in said


def test_the_arm_itself_is_named() -> None:
    guard = CollisionGuard(URDF, JOINT_NAMES, HOME_JOINT_POSITIONS)
    straight_back = np.array([0.0, -1.7, 0.0, -3.07, 0.0, 0.2, 0.785])
    assert min(guard.closest(q)[0] for q in (FOLDED, straight_back)) < 0.02
    said = [guard.problem(q) for q in (FOLDED, straight_back)]
    assert any("panda_link" in text or "base_link" in text or "tool0" in text for text in said)


def test_distances_change_little_with_small_motion(guard: CollisionGuard) -> None:
    before = guard.closest(HOME_JOINT_POSITIONS)[0]
    after = guard.closest(HOME_JOINT_POSITIONS + 0.001)[0]
    assert abs(after - before) < 0.007 * 1.5


def test_the_models_tip_is_where_the_simulated_arm_has_it(guard: CollisionGuard) -> None:
    assert movable_joints(URDF) == list(JOINT_NAMES)
    tip = guard.tip_in_base(HOME_JOINT_POSITIONS)
    assert 0.3 < tip[0] < 0.7
    assert abs(tip[1]) < 0.01
    assert abs(tip[3]) > 0.99, "the tool points down"
    with pytest.raises(InputError, match="no link hand"):
        guard.tip_in_base(HOME_JOINT_POSITIONS, tip="hand")


def test_what_cannot_be_watched_is_refused(guard: CollisionGuard) -> None:
    assert "NaN" in guard.problem(np.full(7, np.nan))
    with pytest.raises(InputError, match="no joint elbow"):
        CollisionGuard(URDF, ["elbow"], np.zeros(1))
    with pytest.raises(InputError, match="cannot be read"):
        CollisionGuard("<robot", JOINT_NAMES, HOME_JOINT_POSITIONS)
