import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchloop.sim.board import BOARD_SIZE_M, Board, stroke_ink
from touchloop.sim.contact import Contact
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.task import TaskState
from touchloop.tasks.wipe import COVERAGE, NEAR_M, TIME_LIMIT_S, WipeScore, sample_board, sample_start


class MadeUpBoard(Board):
    """A board whose coverage and distance from the tool are set by hand."""

    def __init__(self) -> None:
        self.share, self.height_m = 0.0, 0.1

    @property
    def coverage(self) -> float:
        return self.share

    def on_face(self, _: np.ndarray) -> np.ndarray:
        return np.array([0.0, 0.0, self.height_m])


class MadeUpWorld:
    """As much of a world as the score looks at."""

    def __init__(self) -> None:
        self.ticks_since_reset = 0
        self.scene = MadeUpBoard()
        self.force_n = 0.0
        self.arms = (self,)

    @property
    def contacts(self) -> tuple[Contact, ...]:
        return (Contact(self.force_n, np.zeros(3), np.zeros(3), np.array([0.0, 0.0, 1.0])),)

    def tcp_in_base(self) -> np.ndarray:
        return np.zeros(7)


def played(*parts: tuple[float, float, float, float]) -> TaskState:
    """Plays (seconds, force, coverage, height) one after the other."""
    world, score = MadeUpWorld(), WipeScore()
    state = score.step(world)  # type: ignore[arg-type]
    for seconds, world.force_n, world.scene.share, world.scene.height_m in parts:
        for _ in range(round(seconds / PERIOD_S)):
            world.ticks_since_reset += 1
            state = score.step(world)  # type: ignore[arg-type]
            if state.done:
                return state
    return state


GOOD = (3.0, 5.0, 0.95, 0.0)
LIFT = (0.2, 0.0, 0.95, 0.05)


def test_a_steady_wipe_and_a_lift_succeed() -> None:
    state = played((1.0, 0.0, 0.0, 0.1), GOOD, LIFT)
    assert (state.done, state.success, state.score, state.in_band_ratio) == (True, True, 1.0, 1.0)


def test_each_criterion_alone_can_fail_it() -> None:
    too_hard = played(GOOD, (0.02, 21.0, 0.95, 0.0), LIFT)
    out_of_band = played(GOOD, (2.0, 1.0, 0.95, 0.0), LIFT)
    too_little = played((3.0, 5.0, COVERAGE - 0.01, 0.0), (0.2, 0.0, COVERAGE - 0.01, 0.05))
    assert [s.success for s in (too_hard, out_of_band, too_little)] == [False] * 3
    assert too_hard.peak_force_n == 21.0
    assert out_of_band.in_band_ratio < 0.8
    assert [s.score for s in (too_hard, out_of_band, too_little)] == [1.0, 1.0, 0.5]


def test_losing_the_surface_counts_until_the_tool_is_lifted() -> None:
    state = played((1.0, 5.0, 0.5, 0.0), (1.0, 0.0, 0.5, 0.01))
    assert not state.done
    assert abs(state.in_band_ratio - 0.5) < 0.01


def test_phases_come_in_order_and_time_runs_out() -> None:
    assert played((0.1, 0.0, 0.0, 0.1)).phase == "approach"
    assert played((0.1, 1.0, 0.0, 0.0)).phase == "contact"
    assert played((0.1, 5.0, 0.1, 0.0)).phase == "wipe"
    assert played(GOOD, (0.1, 0.0, 0.95, 0.01)).phase == "lift"
    late = played((TIME_LIMIT_S + 1.0, 5.0, 0.95, 0.0))
    assert (late.phase, late.done, late.success) == ("done", True, True)


def test_the_tool_is_near_below_its_height_whatever_it_touches() -> None:
    assert not played((0.1, 0.0, 0.0, NEAR_M + 0.001)).near
    assert played((0.1, 0.0, 0.0, NEAR_M - 0.001)).near


@given(st.integers(0, 100_000))
def test_every_sampled_cell_is_within_reach_and_its_stroke_on_the_board(seed: int) -> None:
    rng = np.random.default_rng(seed)
    board, start = sample_board(rng), sample_start(rng)
    assert abs(board.pose_in_base[2] - 0.20) <= 0.012
    tilt = 2.0 * np.degrees(np.arccos(min(board.pose_in_base[6], 1.0)))
    assert tilt <= np.hypot(6.0, 6.0) + 1e-6
    assert start[2] > board.pose_in_base[2] + 0.09
    end = board.ink_start + board.ink_length_m * np.array(
        [np.cos(board.ink_heading_rad), np.sin(board.ink_heading_rad)]
    )
    for point in (board.ink_start, end):
        assert (np.abs(point) + 0.5 * board.ink_width_m <= 0.5 * np.array(BOARD_SIZE_M[:2])).all()
    assert stroke_ink(board).sum() > 500
