from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply
from touchloop.sim.hole_contact import FACE_STIFFNESS, PEG_HALF_WIDTH_M, Form, outline
from touchloop.sim.hole_plate import HolePlate, HolePlateConfig
from touchloop.sim.scene import Disturbance
from touchloop.sim.world import PERIOD_S

DT = 0.002
LEVEL = np.array([0.5, 0.0, 0.2, 0.0, 0.0, 0.0, 1.0])
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
FORMS: tuple[Form, ...] = ("round", "square")
CONFIG = HolePlateConfig(LEVEL, "round", 0.0005, 0.022, 0.25)
ON_THE_FACE_M = 0.04


class HeldArm:
    """As much of an arm as the scene looks at: a peg that is moved by hand."""

    def __init__(self) -> None:
        self.tcp_before_step = np.concatenate([[0.0, 0.0, 1.0], DOWN])
        self.twist_before_step = np.zeros(6)
        self.force, self.torque = np.zeros(3), np.zeros(3)

    def load_tool(self, force: np.ndarray, torque: np.ndarray) -> None:
        self.force, self.torque = force, torque


class Bench:
    """A plate and a held peg."""

    def __init__(self, config: HolePlateConfig = CONFIG) -> None:
        self.plate, self.arm = HolePlate(config, LEVEL), HeldArm()
        self.plate.build(0, [self.arm])  # type: ignore[list-item]

    def at(self, x: float, y: float, z: float, tilt_deg: float = 0.0) -> np.ndarray:
        """Force (3,) on a peg that is held with its end there on the plate, tilted about y."""
        tilt = quat_from_rotation_vector(np.array([0.0, np.radians(tilt_deg), 0.0]))
        self.arm.tcp_before_step = np.concatenate([self.plate.in_base(np.array([x, y, z])), quat_multiply(tilt, DOWN)])
        self.arm.force, self.arm.torque = np.zeros(3), np.zeros(3)
        self.plate.act(DT)
        return self.arm.force


def bench(form: Form, clearance_m: float = 0.0005) -> Bench:
    return Bench(replace(CONFIG, form=form, clearance_m=clearance_m))


@pytest.mark.parametrize("form", FORMS)
def test_the_outline_has_the_pegs_width_and_its_centre(form: Form) -> None:
    points = outline(form)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose([points.max(), points.min()], [PEG_HALF_WIDTH_M, -PEG_HALF_WIDTH_M])


@pytest.mark.parametrize("form", FORMS)
def test_the_face_holds_a_pressing_peg_and_presses_straight_up(form: Form) -> None:
    peg = bench(form)
    np.testing.assert_allclose(peg.at(ON_THE_FACE_M, 0.0, -0.001), [0.0, 0.0, 0.001 * FACE_STIFFNESS], atol=1e-9)
    np.testing.assert_allclose(peg.arm.torque, 0.0, atol=1e-9)
    (contact,) = peg.plate.touch(PERIOD_S)
    assert contact is not None
    np.testing.assert_allclose(contact.total_in_base, peg.arm.force, atol=1e-9)
    np.testing.assert_allclose(contact.position_in_base, peg.arm.tcp_before_step[:3], atol=1e-9)
    assert not peg.at(ON_THE_FACE_M, 0.0, 0.0005).any()


@pytest.mark.parametrize("form", FORMS)
def test_the_hole_lets_the_peg_in_within_its_clearance_and_the_wall_bears_beyond_it(form: Form) -> None:
    peg = bench(form)
    assert not peg.at(0.0004, 0.0, -0.015).any()
    assert peg.plate.touch(PERIOD_S) == (None,)
    force = peg.at(0.0008, 0.0, -0.015)
    assert force[0] < -1.0
    np.testing.assert_allclose(force[1:], 0.0, atol=1e-9)


def test_the_hole_has_a_floor() -> None:
    peg = Bench()
    assert not peg.at(0.0, 0.0, -CONFIG.hole_depth_m + 1e-5).any()
    force = peg.at(0.0, 0.0, -CONFIG.hole_depth_m - 0.0005)
    np.testing.assert_allclose(force, [0.0, 0.0, 0.0005 * FACE_STIFFNESS], atol=1e-9)


@settings(max_examples=40)
@given(st.sampled_from(FORMS), st.floats(0.002, 0.006), st.floats(-np.pi, np.pi), st.sampled_from([0.0005, 0.001]))
def test_the_moment_on_the_face_tells_where_the_hole_is(form: Form, off: float, angle: float, clearance: float) -> None:
    peg = bench(form, clearance)
    way = np.array([np.cos(angle), np.sin(angle)])
    force = peg.at(off * way[0], off * way[1], -0.0008)
    away = np.array([peg.arm.torque[1], -peg.arm.torque[0]]) / force[2]
    assert np.linalg.norm(away) > 0.003
    assert away @ -way > 0.65 * np.linalg.norm(away)


@pytest.mark.parametrize("form", FORMS)
def test_only_a_badly_tilted_peg_jams(form: Form) -> None:
    peg = bench(form)
    assert not peg.at(0.0, 0.0, -0.010, tilt_deg=1.0).any()
    peg.at(0.0, 0.0, -0.010, tilt_deg=8.0)
    assert abs(peg.arm.torque[1]) > 0.05


def test_friction_holds_a_small_slide_and_slips_in_a_long_one() -> None:
    peg = Bench()
    limit = CONFIG.friction * 0.001 * FACE_STIFFNESS
    peg.arm.twist_before_step[0] = 0.01
    small = peg.at(ON_THE_FACE_M, 0.0, -0.001)[0]
    assert -limit < small < 0.0
    for _ in range(200):
        peg.at(ON_THE_FACE_M, 0.0, -0.001)
    np.testing.assert_allclose(peg.arm.force[0], -limit, rtol=1e-6)


def test_a_moving_plate_drags_the_peg_along() -> None:
    peg = Bench()
    for tick in range(20):
        peg.plate.move(Disturbance(np.array([0.0, 0.0001 * tick, 0.0])))
        peg.at(ON_THE_FACE_M, 0.0, -0.001)
    assert peg.arm.force[1] > 0.5
    np.testing.assert_allclose(peg.plate.object_in_world[:3], [0.5, 0.0019, 0.2])


@settings(max_examples=5)
@given(st.sampled_from(FORMS), st.floats(0.0, 2.0 * np.pi), st.floats(0.0005, 0.004))
def test_no_work_is_won_by_pressing_sliding_over_the_edge_and_coming_out(
    form: Form, angle: float, depth: float
) -> None:
    peg = bench(form)
    peg.plate.config = replace(peg.plate.config, friction=0.0)
    off, down = 0.006 * np.array([np.cos(angle), np.sin(angle), 0.0]), np.array([0.0, 0.0, -depth])
    works = []
    for start, end in pairwise((off, off + down, down, 0.0 * down)):
        steps = np.linspace(start, end, 801)
        forces = np.array([peg.at(*point) for point in 0.5 * (steps[1:] + steps[:-1])])
        works.append(float((forces * np.diff(steps, axis=0)).sum()))
    pressing, sliding, rising = works
    assert pressing < 0.0
    assert pressing + sliding + rising == pytest.approx(0.0, abs=-0.05 * pressing)
