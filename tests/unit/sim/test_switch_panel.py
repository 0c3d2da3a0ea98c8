from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.geometry.pose import rotate
from touchloop.sim.scene import Disturbance
from touchloop.sim.snap_switch import CAP_HEIGHT_M, FALL_M, PRELOAD_N, mechanism_force
from touchloop.sim.switch_panel import PANEL_SIZE_M, REARM_SHARE, PanelConfig, SwitchPanel
from touchloop.tasks.press import sample_panel

DT = 0.002
LEVEL = np.array([0.5, 0.0, 0.2, 0.0, 0.0, 0.0, 1.0])
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
CONFIG = PanelConfig(LEVEL, np.zeros(2), 0.002, 8.0, 0.45, 4000.0, 0.5)


class HeldArm:
    """As much of an arm as the scene looks at: a fingertip that is moved by hand."""

    def __init__(self) -> None:
        self.tcp_before_step = np.concatenate([[0.0, 0.0, 1.0], DOWN])
        self.twist_before_step = np.zeros(6)
        self.force, self.torque = np.zeros(3), np.zeros(3)

    def load_tool(self, force: np.ndarray, torque: np.ndarray) -> None:
        self.force, self.torque = force, torque


class Bench:
    """A panel and a held fingertip."""

    def __init__(self, config: PanelConfig = CONFIG) -> None:
        self.panel, self.arm = SwitchPanel(config, LEVEL), HeldArm()
        self.panel.build(0, [self.arm])  # type: ignore[list-item]

    def go(self, depth_m: float, speed_m_s: float = 0.02, x: float = 0.0, y: float = 0.0) -> list[tuple[float, float]]:
        """Moves the tip's end to a depth below the released cap's top at (x, y); (depth, force) of each step."""
        top = self.panel.in_base(np.array([x, y, CAP_HEIGHT_M]))
        start_m = min(max(float(top[2] - self.arm.tcp_before_step[2]), -0.001), 0.05)
        steps = max(round(abs(depth_m - start_m) / speed_m_s / DT), 1)
        self.arm.twist_before_step[2] = -(depth_m - start_m) / (steps * DT)
        seen = []
        for depth in np.linspace(start_m, depth_m, steps + 1)[1:]:
            self.arm.tcp_before_step[:3] = top - [0.0, 0.0, depth]
            seen.append((depth, self.step()))
        self.arm.twist_before_step[:] = 0.0
        for _ in range(50):
            seen.append((depth_m, self.step()))
        return seen

    def step(self) -> float:
        self.arm.force, self.arm.torque = np.zeros(3), np.zeros(3)
        self.panel.move(Disturbance())
        self.panel.act(DT)
        self.panel.act(DT)
        return float(self.arm.force[2])


def test_the_force_rises_to_the_operating_force_falls_and_rises_to_a_stop() -> None:
    curve = CONFIG.curve
    assert mechanism_force(0.0, curve) == PRELOAD_N
    assert mechanism_force(CONFIG.operating_travel_m, curve) == pytest.approx(CONFIG.operating_force_n)
    assert mechanism_force(CONFIG.operating_travel_m + FALL_M, curve) == pytest.approx(3.6)
    assert mechanism_force(0.005, curve) > CONFIG.operating_force_n


def test_a_held_finger_feels_the_mechanism_in_balance_and_the_click() -> None:
    bench = Bench()
    shallow = bench.go(0.002)[-1][1]
    assert shallow == pytest.approx(mechanism_force(bench.panel.travel_m, CONFIG.curve), rel=0.02)
    assert bench.panel.toggles == 0
    forces = np.array([force for _, force in bench.go(0.007)])
    top = int(forces[: len(forces) // 2].argmax())
    assert forces[top] == pytest.approx(CONFIG.operating_force_n, rel=0.15)
    assert forces[top : top + 30].min() < 0.7 * forces[top]
    assert bench.panel.toggles == 1
    assert bench.panel.lit


def test_a_light_press_does_not_click() -> None:
    bench = Bench()
    deepest = bench.go(0.0025)
    assert max(force for _, force in deepest) < CONFIG.operating_force_n
    bench.go(-0.01)
    assert (bench.panel.toggles, bench.panel.lit, bench.panel.travel_m) == (0, False, 0.0)


def test_it_toggles_again_only_after_it_came_back() -> None:
    bench = Bench()
    bench.go(0.007)
    bench.go(0.003)
    assert REARM_SHARE * CONFIG.operating_travel_m < bench.panel.travel_m < CONFIG.operating_travel_m
    bench.go(0.007)
    assert bench.panel.toggles == 1
    bench.go(-0.001)
    bench.go(0.007)
    assert bench.panel.toggles == 2
    assert not bench.panel.lit


def test_pressing_beside_the_cap_toggles_nothing_and_off_the_panel_there_is_nothing() -> None:
    bench = Bench()
    beside = bench.go(CAP_HEIGHT_M + 0.002, x=0.03)[-1][1]
    assert beside == pytest.approx(0.002 * CONFIG.stiffness, rel=0.15)
    assert (bench.panel.toggles, bench.panel.travel_m) == (0, 0.0)
    away = Bench()
    assert away.go(CAP_HEIGHT_M + 0.005, x=PANEL_SIZE_M[0])[-1][1] == 0.0


def test_a_press_and_a_release_take_energy_and_never_give_any() -> None:
    bench = Bench()
    path = np.array([(-0.001, 0.0), *bench.go(0.006), *bench.go(-0.001)])
    work = float((np.diff(path[:, 0]) * path[1:, 1]).sum())
    assert work > 0.0


@given(st.floats(0.02, 0.12), st.floats(0.002, 0.008))
def test_forces_stay_bounded_and_never_pull(speed_m_s: float, depth_m: float) -> None:
    forces = np.array([force for _, force in Bench().go(depth_m, speed_m_s)])
    assert (forces >= 0.0).all()
    assert forces.max() <= CONFIG.stiffness * depth_m + 6.0
    np.testing.assert_allclose(forces[-5:], forces[-1], atol=0.05)


def test_friction_holds_a_little_and_slips_at_the_cone() -> None:
    bench = Bench()
    bench.go(0.0015)
    pressing = bench.arm.force[2]
    bench.arm.twist_before_step[0] = 0.01
    sideways = []
    for _ in range(100):
        bench.arm.tcp_before_step[0] += 2 * DT * 0.01
        bench.step()
        sideways.append(-bench.arm.force[0])
    slip = CONFIG.friction * pressing
    assert 0.0 < sideways[0] < sideways[3] < 0.9 * slip
    np.testing.assert_allclose(sideways[-50:], slip, rtol=0.05)


def test_a_moved_panel_takes_cap_and_lamp_along() -> None:
    bench = Bench(replace(CONFIG, pose_in_base=sample_panel(np.random.default_rng(0)).pose_in_base))
    before, cap = bench.panel.shapes(), bench.panel.cap_in_base
    shift = np.array([0.01, -0.005, 0.015])
    bench.panel.move(Disturbance(object_displacement_in_world=shift))
    bench.panel.act(DT)
    np.testing.assert_allclose(bench.panel.cap_in_base - cap, 0.5 * shift, atol=1e-12)
    bench.panel.act(DT)
    np.testing.assert_allclose(bench.panel.cap_in_base - cap, shift, atol=1e-12)
    after = bench.panel.shapes()
    for old, new in zip(before[:4], after[:4], strict=True):
        np.testing.assert_allclose(new.pose[:3] - old.pose[:3], shift, atol=1e-12)


def test_the_lamp_and_only_the_lamp_changes_its_colour() -> None:
    bench = Bench()
    dark = [shape.rgb for shape in bench.panel.shapes()]
    bench.go(0.007)
    lit = [shape.rgb for shape in bench.panel.shapes()]
    assert [a != b for a, b in zip(dark, lit, strict=True)] == [False, False, False, True, False, False]
    cap = bench.panel.shapes()[2].pose
    up = rotate(cap[3:], np.array([0.0, 0.0, 1.0]))
    assert np.dot(cap[:3] - LEVEL[:3], up) == pytest.approx(-bench.panel.travel_m, abs=1e-9)
