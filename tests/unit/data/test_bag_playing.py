"""The pace of playing, ticks for lock-step, a generated clock, and the choice of topics."""

import re
import threading
import time

import pytest
from bag_samples import CLOCK, POSE, STRING, TYPES, WRENCH, serialised
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.data.bag_pace import Pace
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_selection import topic_filter
from touchloop.data.bag_ticks import NOT_THE_WORLDS, ticks, with_generated_clock
from touchloop.data.bag_writer import BagWriter
from touchloop.errors import InputError

TICK_NS = 4_000_000


def test_pace_follows_the_rate():
    pace = Pace(10**9, rate=4.0)
    start = time.monotonic()
    assert pace.wait_until(10**9)
    assert pace.wait_until(int(1.4e9))
    assert 0.1 <= time.monotonic() - start < 0.4


def test_rate_zero_never_waits():
    pace = Pace(0, rate=0.0)
    start = time.monotonic()
    assert all(pace.wait_until(index * 10**12) for index in range(100))
    assert time.monotonic() - start < 1.0


def test_pause_stops_time_and_resume_goes_on_from_there():
    pace = Pace(0, rate=10.0)
    assert pace.wait_until(100_000_000)
    pace.pause()
    done = threading.Event()
    thread = threading.Thread(target=lambda: pace.wait_until(10**9) and done.set())
    thread.start()
    assert not done.wait(0.3)
    start = time.monotonic()
    pace.resume()
    assert done.wait(2.0)
    assert time.monotonic() - start > 0.05
    thread.join()


def test_steps_let_single_messages_through_while_paused():
    pace = Pace(0, rate=1.0, paused=True)
    assert pace.step()
    assert pace.wait_until(10**12)
    waiting = threading.Thread(target=pace.wait_until, args=(2 * 10**12,))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    pace.stop()
    waiting.join(2.0)
    assert not waiting.is_alive()
    pace = Pace(0, rate=1.0)
    assert not pace.step()
    pace.toggle()
    assert pace.paused


def test_ticks_end_with_their_clock_and_know_what_was_answered(tmp_path):
    writer = BagWriter(tmp_path / "bag", TYPES)
    for topic, msgtype in {"/clock": CLOCK, "/wrench": WRENCH, "/target_pose": POSE, "/text": STRING}.items():
        writer.add_topic(topic, msgtype)
    writer.write("/text", TICK_NS, serialised(STRING))
    # Logged in an order and at times that differ from the stamps, as in a free-running recording.
    for number in range(1, 400):
        stamp_ns = number * TICK_NS
        late_ns = stamp_ns + (number % 3) * 1_500_000
        writer.write("/clock", stamp_ns, serialised(CLOCK, stamp_ns))
        writer.write("/wrench", late_ns, serialised(WRENCH, stamp_ns, float(number)))
        if number >= 3:
            writer.write("/target_pose", late_ns, serialised(POSE, stamp_ns))
    writer.close()
    with BagReader(tmp_path / "bag") as bag:
        found = list(ticks(bag, lambda topic: topic != "/target_pose", ["/target_pose"]))
    assert [tick.time_ns for tick in found] == [number * TICK_NS for number in range(1, 400)]
    assert [message.topic for message in found[0].messages] == ["/text", "/wrench", "/clock"]
    assert all([message.topic for message in tick.messages] == ["/wrench", "/clock"] for tick in found[1:])
    assert [tick.awaits_answer for tick in found] == [False, False] + [True] * 397


@settings(deadline=None)
@given(hz=st.floats(1, 1000), length_ns=st.integers(0, 10**9), start_ns=st.integers(0, 10**18))
def test_a_generated_clock_covers_the_bag(hz, length_ns, start_ns):
    read = TYPES.stamp_reader(CLOCK)
    clock = list(with_generated_clock([], start_ns, start_ns + length_ns, hz))
    times = [message.time_ns for message in clock]
    assert times == sorted(times)
    assert times[0] == start_ns
    assert start_ns + length_ns - times[-1] <= 1e9 / hz + 1
    assert all((read(message.data) or 0) == message.time_ns for message in clock)


def test_topics_are_chosen_by_whole_names():
    wanted = topic_filter(["wrench", "/camera/.*", ".*/plan"], [".*/scene/.*"])
    assert [wanted(topic) for topic in ("/wrench", "/wrench_bias", "/camera/wrist", "/left/plan")] == [1, 0, 1, 1]
    assert not wanted("/camera/scene/image_raw")
    assert topic_filter([""])("/anything")
    with pytest.raises(InputError, match=re.escape("'(' is no regular expression")):
        topic_filter(["("])


def test_the_worlds_topics_are_what_planner_and_controller_do_not_publish():
    wanted = topic_filter([], NOT_THE_WORLDS)
    world = ["/wrench", "/tcp_pose", "/clock", "/tf", "/episode", "/left/joint_states", "/camera/wrist/image_raw"]
    others = ["/plan", "/target_pose", "/left/target_wrench", "/wrench_bias", "/hold", "/rosout", "/x/transition_event"]
    assert all(map(wanted, world))
    assert not any(map(wanted, others))
