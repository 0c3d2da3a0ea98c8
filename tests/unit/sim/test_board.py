from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchloop.sim.arm import Arm
from touchloop.sim.board import (
    BOARD_SIZE_M,
    CELL_M,
    FOOTPRINT_RADIUS_M,
    GRID_SHAPE,
    WIPE_FORCE_N,
    WIPE_RATE_PER_S,
    Board,
    cell_centres,
    stroke_ink,
)
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import Contact
from touchloop.sim.scene import Disturbance
from touchloop.tasks.wipe import sample_board, sample_start

CONFIG = sample_board(np.random.default_rng(4))
START = sample_start(np.random.default_rng(4))
DT = 0.004


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    client = pybullet.connect(pybullet.DIRECT)
    board = Board(CONFIG, START)
    board.build(client, [Arm(client)])
    yield board
    pybullet.disconnect(client)


@pytest.fixture
def inked(board: Board) -> Board:
    board.move(Disturbance())
    board.ink[:] = stroke_ink(CONFIG)
    return board


def press(board: Board, along_m: float, force_n: float, off_m: float = 0.0) -> Contact:
    heading = np.array([np.cos(CONFIG.ink_heading_rad), np.sin(CONFIG.ink_heading_rad)])
    across = np.array([-heading[1], heading[0]])
    point = CONFIG.ink_start + along_m * heading + off_m * across
    return Contact(force_n, np.zeros(3), board.in_base(np.array([*point, 0.0])), board.normal_in_base)


def test_the_stroke_has_its_length_and_width() -> None:
    ink = stroke_ink(CONFIG)
    width, length = CONFIG.ink_width_m, CONFIG.ink_length_m
    assert ink.shape == GRID_SHAPE
    assert ink.sum() * CELL_M**2 == pytest.approx(length * width + np.pi * width**2 / 4, rel=0.02)


@given(point=arrays(np.float64, 3, elements=st.floats(-1.0, 1.0)))
def test_face_coordinates_survive_the_way_there_and_back(board: Board, point: np.ndarray) -> None:
    np.testing.assert_allclose(board.on_face(board.in_base(point)), point, atol=1e-12)
    height = np.dot(point - board.pose_in_base[:3], board.normal_in_base)
    assert board.on_face(point)[2] == pytest.approx(height, abs=1e-9)


@pytest.mark.parametrize("force_n", [0.0, 0.5 * WIPE_FORCE_N, WIPE_FORCE_N - 1e-9])
def test_a_light_touch_wipes_nothing(inked: Board, force_n: float) -> None:
    inked.wipe(press(inked, 0.1, force_n), DT)
    inked.wipe(None, DT)
    assert inked.coverage == 0.0


def test_pressing_wipes_a_disc_at_its_rate_and_nothing_else(inked: Board) -> None:
    before = inked.ink.copy()
    contact = press(inked, 0.1, WIPE_FORCE_N)
    inked.wipe(contact, DT)
    x, y = cell_centres()
    centre = inked.on_face(contact.position_in_base)
    under = np.hypot(x - centre[0], y - centre[1]) <= FOOTPRINT_RADIUS_M
    gone = np.minimum(before[under], WIPE_RATE_PER_S * DT)
    np.testing.assert_allclose(before[under] - inked.ink[under], gone, rtol=1e-5)
    np.testing.assert_array_equal(before[~under], inked.ink[~under])
    for _ in range(100):
        inked.wipe(contact, DT)
    assert not inked.ink[under].any()


@given(presses=st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.0, 20.0)), max_size=30))
def test_coverage_never_falls_and_no_contact_on_or_off_the_board_breaks_it(board: Board, presses: list) -> None:
    board.ink[:] = stroke_ink(CONFIG)
    coverage = board.coverage
    for along_m, off_m, force_n in presses:
        board.wipe(press(board, along_m, force_n, off_m), 0.1)
        assert coverage <= board.coverage <= 1.0
        coverage = board.coverage
    assert ((board.ink >= 0.0) & (board.ink <= 1.0)).all()


def test_a_moved_board_takes_its_ink_along(inked: Board) -> None:
    contact = press(inked, 0.1, 5.0)
    shift = np.array([0.0, 0.0, 0.02])
    moved = CONFIG.pose_in_base[:3] + shift
    inked.move(Disturbance(object_displacement_in_world=shift))
    body = pybullet.getBasePositionAndOrientation(inked.body, physicsClientId=inked.client)[0]
    expected = moved - 0.5 * BOARD_SIZE_M[2] * inked.normal_in_base
    np.testing.assert_allclose(body, expected, atol=1e-9)
    assert inked.on_face(contact.position_in_base)[2] == pytest.approx(-0.02, abs=2e-3)


def test_the_picture_shows_the_board_where_it_is_with_its_ink(inked: Board) -> None:
    inked.wipe(press(inked, 0.1, 5.0), 1.0)
    (shape,), (decal,) = inked.shapes(), inked.decals()
    np.testing.assert_allclose(shape.pose[:3], inked.in_base(np.array([0.0, 0.0, -0.5 * BOARD_SIZE_M[2]])), atol=1e-9)
    np.testing.assert_array_equal(decal.grid, inked.ink)
    assert decal.shape == 0


def test_without_another_body_there_is_no_contact(inked: Board) -> None:
    assert inked.contact(inked.body) is None
    assert inked.touch(DT) == (None,)
    assert inked.coverage == 0.0
