"""What the monitor reads is what the bench saw; no processes."""

import numpy as np
import pytest
from touchloop_msgs.msg import BenchState

from touchloop.errors import InputError
from touchloop.monitor.run.bench_messages import SensedReader, view_of
from touchloop.monitor.run.caps import Caps
from touchloop.monitor.run.skill_server import SkillServer
from touchloop.tasks.workbench.bench import Workbench
from touchloop_nodes.bench_messages import StateMessages, scene_message


def test_a_state_read_back_is_what_was_seen_and_an_end_is_told_once() -> None:
    with Workbench() as bench:
        server = SkillServer(bench, "scripted", Caps())
        server.reset(3)
        server.begin(5, "home(left)\n")
        server.start(5, 1, "home", {"arm": "left"}, None, None)
        messages, reader = StateMessages(), SensedReader()
        reader.scene = scene_message(0, 0, 3, bench.view())
        told = []
        while len(told) < 2:
            tick = server.tick()
            messages.add(tick.observations)
            state = messages.message(bench.world.stamp_ns, 0, tick, server)
            if server.done:
                told.append(reader.read(state, 5, None))
        other = reader.read(state, 6, None)
    assert [(s.step, s.skill, s.done) for s in told] == [(1, "home", True), (1, "", False)]
    assert (other.step, other.skill, other.done) == (0, "", False)
    sensed = told[1]
    for name, pose in tick.view.tools.items():
        np.testing.assert_array_equal(sensed.view.tools[name], pose)
    for name, hole in tick.view.holes.items():
        np.testing.assert_array_equal(sensed.view.holes[name].pose_in_base, hole.pose_in_base)
        assert sensed.view.holes[name].form == hole.form
    np.testing.assert_array_equal(sensed.view.panel.cap_on_panel, tick.view.panel.cap_on_panel)
    np.testing.assert_array_equal(sensed.view.board.ink_start, tick.view.board.ink_start)
    np.testing.assert_allclose(sensed.view.board.ink_rgb, tick.view.board.ink_rgb, atol=1e-4)
    np.testing.assert_array_equal(sensed.observations[1].tcp_in_base, tick.observations[1].tcp_in_base)
    assert (sensed.grips, sensed.view.coupled, sensed.time_s) == (tick.grips, tick.view.coupled, tick.time_s)
    _damaged_states_are_named(state, reader)


def _damaged_states_are_named(state: BenchState, reader: SensedReader) -> None:
    state.poses[0].pose.position.x = float("nan")
    with pytest.raises(InputError, match=f"the pose of {state.poses[0].name} is not finite"):
        view_of(state, reader.scene)
    del state.poses[0]
    with pytest.raises(InputError, match="bench_state has no pose"):
        view_of(state, reader.scene)
    del state.arms[0]
    with pytest.raises(InputError, match="bench_state has arms"):
        reader.read(state, 5, None)
