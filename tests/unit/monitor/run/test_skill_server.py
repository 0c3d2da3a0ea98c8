from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.monitor.run.caps import Caps
from touchloop.monitor.run.skill_server import SkillServer
from touchloop.tasks.workbench.bench import Workbench

HOME = {"arm": "left"}


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench() as bench:
        yield bench


@pytest.fixture
def server(bench: Workbench) -> SkillServer:
    server = SkillServer(bench, "scripted", Caps.of(["home", "grasp", "move"], 0.0, 0.0))
    server.reset(0)
    return server


def test_nothing_moves_before_a_reset(bench: Workbench) -> None:
    server = SkillServer(bench, "scripted", Caps())
    for use in (server.tick, lambda: server.begin(1, "home(left)\n")):
        with pytest.raises(InputError, match="there is no episode; reset the bench first"):
            use()


def test_only_who_has_begun_starts_and_only_what_is_allowed(server: SkillServer) -> None:
    with pytest.raises(InputError, match="run 3 does not have the arms"):
        server.start(3, 1, "home", HOME, None, None)
    with pytest.raises(InputError, match="press"):
        server.begin(3, "press(left, switch)\n")
    server.begin(3, "home(left)\n")
    with pytest.raises(InputError, match="skill 'press' is not allowed"):
        server.start(3, 1, "press", {"arm": "left", "object": "switch"}, None, None)
    assert server.start(3, 1, "home", HOME, 9.0, 900.0) == (0.3, 20.0)
    with pytest.raises(InputError, match="start 1 comes after start 1"):
        server.start(3, 1, "home", HOME, None, None)
    with pytest.raises(InputError, match="run 4 does not have the arms; run 3 has"):
        server.stop(4)


def test_the_end_stays_told_until_the_next_start(server: SkillServer) -> None:
    server.begin(1, "home(left)\n")
    server.start(1, 1, "home", HOME, None, None)
    assert server.busy
    for _ in range(1500):
        server.tick()
        if server.done:
            break
    server.tick()
    assert (server.done, server.gave_up, server.busy, server.number) == (True, "", False, 1)
    server.start(1, 2, "home", HOME, None, None)
    assert (server.done, server.busy, server.number) == (False, True, 2)


def test_an_abandoned_arm_comes_to_rest_and_belongs_to_nobody(server: SkillServer) -> None:
    server.begin(1, "move(left, board)\n")
    server.start(1, 1, "move", {"arm": "left", "target": "board"}, None, None)
    for _ in range(200):
        before = server.tick()
    assert np.linalg.norm(before.observations[0].tcp_twist_in_base[:3]) > 0.05
    server.abandon()
    # The soft arm swings out in two seconds; with its old target it would go on for 44 mm.
    ticks = [server.tick() for _ in range(500)]
    moved = [t.observations[0].tcp_in_base[:3] - before.observations[0].tcp_in_base[:3] for t in ticks]
    assert np.linalg.norm(moved, axis=1).max() < 0.02
    assert np.linalg.norm(ticks[-1].observations[0].tcp_twist_in_base[:3]) < 0.01
    assert (server.run, server.skill) == (0, "")


def test_a_failure_goes_into_the_next_run_only(server: SkillServer) -> None:
    server.reset(0, "no_grasp", 1)
    with pytest.raises(InputError, match="failure 'no_grasp' in step 0"):
        server.begin(1, "home(left)\n")
    assert server.begin(1, "grasp(left, wiper)\n") == "no_grasp will happen in step 1"
    assert server.begin(2, "grasp(left, wiper)\n") == ""
    with pytest.raises(InputError, match="failure 'earthquake': expected nothing or one of"):
        server.reset(0, "earthquake", 1)
    with pytest.raises(InputError, match="failure_step is 0"):
        server.reset(0, "slip", 0)
