from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.peel_body import BLADE_WIDTH_M, GOUGED, PEELED, SKIN, STRIP_HALF_M, BodyConfig, PeelBody
from touchloop.sim.peel_cut import CUT_STIFFNESS
from touchloop.sim.peel_look import SEGMENTS
from touchloop.sim.scene import Disturbance

DT = 0.002
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
LEVEL = np.array([0.5, 0.0, 0.2, 0.0, 0.0, 0.0, 1.0])
FLAT = BodyConfig(LEVEL, np.zeros(181), 0.045, 2500.0, 0.3, 1000.0)
GOOD_M, THIN_M, DEEP_M = 0.0025, 0.0008, 0.0048
"""Depths of the blade's middle that cut in the band, too thin and too deep at 2500 N/m."""


class HeldArm:
    """As much of an arm as the scene looks at: a blade that is moved by hand."""

    def __init__(self) -> None:
        self.tcp_before_step = np.concatenate([[0.0, 0.0, 1.0], DOWN])
        self.twist_before_step = np.zeros(6)
        self.force, self.torque = np.zeros(3), np.zeros(3)

    def load_tool(self, force: np.ndarray, torque: np.ndarray) -> None:
        self.force, self.torque = force, torque


class Bench:
    """A body and a held blade."""

    def __init__(self, config: BodyConfig = FLAT) -> None:
        self.body, self.arm = PeelBody(config, LEVEL), HeldArm()
        self.body.build(0, [self.arm])  # type: ignore[list-item]
        self.shift = np.zeros(3)

    def press(self, along_m: float, depth_m: float, y: float = 0.0) -> np.ndarray:
        """Puts the blade at rest below the crest there; the force (3,) on it."""
        self.arm.twist_before_step[:] = 0.0
        self.arm.tcp_before_step[:3] = self.body.crest_in_base(along_m) + np.array([0.0, y, -depth_m])
        for _ in range(3):
            self.step()
        return self.arm.force

    def stroke(self, depth_m: float, y: float = 0.0, way: tuple[float, float] = (0.01, 0.17)) -> np.ndarray:
        """Moves the blade along the body at 5 cm/s; the mean force (3,) on it."""
        places = np.arange(way[0], way[1], np.sign(way[1] - way[0]) * 0.05 * DT)
        self.press(way[0], -0.01, y)
        forces = []
        for along_m in places:
            point = self.body.crest_in_base(along_m) + np.array([0.0, y, -depth_m])
            self.arm.twist_before_step[:3] = np.sign(way[1] - way[0]) * np.array([0.05, 0.0, 0.0])
            self.arm.tcp_before_step[:3] = point
            self.step()
            forces.append(self.arm.force)
        return np.mean(forces[len(forces) // 4 :], axis=0)

    def step(self) -> None:
        self.arm.force, self.arm.torque = np.zeros(3), np.zeros(3)
        self.body.move(Disturbance(object_displacement_in_world=self.shift))
        self.body.act(DT)
        self.body.act(DT)


def test_pressing_is_balanced_by_the_bodys_spring() -> None:
    bench = Bench()
    force = bench.press(0.09, GOOD_M)
    sag = np.mean(np.linspace(-0.5, 0.5, 5) ** 2) * BLADE_WIDTH_M**2 / (2 * FLAT.radius_m)
    assert force[2] == pytest.approx(FLAT.stiffness * (GOOD_M - sag), rel=0.02)
    np.testing.assert_allclose(force[:2], 0.0, atol=1e-9)
    np.testing.assert_allclose(bench.arm.torque, 0.0, atol=1e-9)


@given(st.floats(1500.0, 3500.0), st.floats(0.035, 0.060))
def test_the_same_force_cuts_as_thick_into_every_body(stiffness: float, radius_m: float) -> None:
    bench = Bench(replace(FLAT, stiffness=stiffness, radius_m=radius_m))
    force = bench.press(0.09, 0.002)
    assert bench.body.thickness_m == pytest.approx(force[2] / CUT_STIFFNESS, rel=0.02)


def test_a_stroke_feels_friction_and_the_cut_and_none_of_the_cut_backwards() -> None:
    ahead, back = Bench(), Bench()
    forwards, backwards = ahead.stroke(GOOD_M), back.stroke(GOOD_M, way=(0.17, 0.01))
    rubbing = FLAT.friction * forwards[2]
    assert -forwards[0] == pytest.approx(rubbing + FLAT.cut_resistance * ahead.body.thickness_m, rel=0.05)
    assert backwards[0] == pytest.approx(rubbing, rel=0.05)


def test_friction_holds_a_blade_that_hardly_moves() -> None:
    bench = Bench()
    pressing = bench.press(0.09, GOOD_M)[2]
    bench.arm.twist_before_step[1] = 0.01
    bench.step()
    assert 0.0 < -bench.arm.force[1] < 0.5 * FLAT.friction * pressing


def test_off_the_middle_the_body_pushes_the_blade_aside() -> None:
    left, right = (Bench().press(0.09, GOOD_M, y=y) for y in (0.006, -0.006))
    assert 0.3 * 0.006 / FLAT.radius_m < left[1] / left[2] < 0.006 / FLAT.radius_m
    np.testing.assert_allclose(left, right * [1.0, -1.0, 1.0], atol=1e-9)


def test_no_force_above_and_beyond_the_body() -> None:
    assert not Bench().press(0.09, -0.001).any()
    assert not Bench().press(-0.02, 0.002).any()
    assert not Bench().press(0.09, 0.002, y=0.06).any()


@pytest.mark.parametrize(
    ("depth_m", "y", "way", "state"),
    [
        (GOOD_M, 0.0, (0.01, 0.17), PEELED),
        (GOOD_M, 0.0, (0.17, 0.01), SKIN),
        (THIN_M, 0.0, (0.01, 0.17), SKIN),
        (DEEP_M, 0.0, (0.01, 0.17), GOUGED),
        (GOOD_M, 0.5 * BLADE_WIDTH_M - STRIP_HALF_M + 0.001, (0.01, 0.17), SKIN),
    ],
)
def test_cells_are_peeled_forwards_on_the_crest_in_the_band(
    depth_m: float, y: float, way: tuple[float, float], state: int
) -> None:
    bench = Bench()
    bench.stroke(depth_m, y, way)
    cells = bench.body.cells
    assert set(cells[8:82].tolist()) == {state}
    assert set(cells[:4].tolist()) | set(cells[-4:].tolist()) == {SKIN}
    assert bench.body.progress == pytest.approx(0.16 / 0.18 if state == PEELED else 0.0, abs=0.02)


def test_a_gouge_stays_and_a_skipped_cell_can_be_peeled_later() -> None:
    bench = Bench()
    bench.stroke(DEEP_M, way=(0.04, 0.06))
    bench.stroke(THIN_M, way=(0.06, 0.16))
    bench.stroke(GOOD_M)
    assert set(bench.body.cells[21:29].tolist()) == {GOUGED}
    assert set(bench.body.cells[31:80].tolist()) == {PEELED}


def test_the_blade_feels_the_slope() -> None:
    slope = 0.15
    config = replace(FLAT, crest_m=slope * (np.arange(181) * 0.001 - 0.09), friction=0.0)
    force = Bench(config).press(0.09, GOOD_M)
    assert -force[0] / force[2] == pytest.approx(slope, rel=1e-6)


def test_a_moved_and_turned_body_takes_crest_and_pictures_along() -> None:
    turned = np.concatenate([LEVEL[:3], quat_from_rotation_vector(np.array([0.0, 0.0, 0.1]))])
    bench = Bench(replace(FLAT, pose_in_base=turned))
    along, across, above = bench.body.on_body(bench.body.crest_in_base(0.03) + np.array([0.0, 0.0, 0.004]))
    np.testing.assert_allclose([along, across, above], [0.03, 0.0, 0.004], atol=1e-12)
    before, crest = bench.body.shapes(), bench.body.crest_in_base(0.05)
    bench.shift = np.array([0.004, -0.003, 0.015])
    bench.step()
    np.testing.assert_allclose(bench.body.crest_in_base(0.05) - crest, bench.shift, atol=1e-12)
    for old, new in zip(before[:-2], bench.body.shapes()[:-2], strict=True):
        np.testing.assert_allclose(new.pose[:3] - old.pose[:3], bench.shift, atol=1e-12)


def test_segments_lie_under_the_crest_and_turn_to_flesh_where_peeled() -> None:
    config = replace(FLAT, crest_m=0.006 * np.sin(np.linspace(0.0, 5.0, 181)))
    bench = Bench(config)
    for index, shape in enumerate(bench.body.shapes()[:SEGMENTS]):
        top = bench.body.crest_in_base((index + 0.5) * config.length_m / SEGMENTS)[2]
        assert shape.pose[2] + config.radius_m == pytest.approx(top, abs=0.0015)
        assert shape.rgb == pytest.approx(config.skin_rgb)
    bench.body.cells[:45] = PEELED
    colours = [shape.rgb for shape in bench.body.shapes()[:SEGMENTS]]
    assert all(rgb == pytest.approx(config.flesh_rgb) for rgb in colours[:11])
    assert all(rgb == pytest.approx(config.skin_rgb) for rgb in colours[13:])
