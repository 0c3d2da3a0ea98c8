import os
import threading

from touchloop.chaos.canary import waiting_ns


def test_waiting_of_each_thread_is_counted_and_never_shrinks() -> None:
    before = dict(waiting_ns(os.getpid()))
    assert str(threading.get_native_id()) in before
    after = dict(waiting_ns(os.getpid()))
    assert all(after[thread] >= before[thread] for thread in before if thread in after)


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    assert waiting_ns(2**22 + 1) == []
