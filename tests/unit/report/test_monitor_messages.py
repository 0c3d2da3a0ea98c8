"""The page of a run that was heard through messages."""

from types import SimpleNamespace as Message

import numpy as np

from touchloop.report.monitor_messages import HeardRun

FIRST = "grasp(left, wiper)\n"


def event(kind, text, second, verdict=None, repair=""):
    return Message(
        kind=kind, text=text, header=Message(stamp=Message(sec=second, nanosec=0)), verdict=verdict, repair=repair
    )


def heard():
    run = HeardRun()
    run.program(FIRST)
    run.event(event("plan", "understood", 100))
    run.picture(np.full((60, 80, 3), 90, np.uint8))
    run.event(event("step", "grasp(left, wiper)", 100))
    failed = Message(status=3, cause="no_grasp", confidence=0.9, evidence=["the coupler holds nothing"])
    run.event(event("verdict", "it holds nothing", 103, failed))
    run.event(event("repair", "no grasp: it is tried again", 103, repair="retry"))
    run.program(FIRST)
    return run


def test_a_heard_run_becomes_a_page(tmp_path):
    run = heard()
    assert not run.over
    run.event(event("end", "all steps are done", 108))
    assert run.over
    page = run.write(tmp_path / "run", "take the wiper", True, "done")
    assert page is not None
    text = page.read_text()
    assert "All goals were reached in 8.0 s" in text
    assert "no grasp (confidence 0.90)" in text
    assert "the coupler holds nothing" in text
    assert "data:image/jpeg;base64," in text
    assert "What is left to do after this repair" in text


def test_without_a_program_there_is_no_page(tmp_path):
    run = HeardRun()
    run.event(event("plan", "not_understood: waltz", 1))
    assert run.write(tmp_path, "dance a waltz", False, "not_understood") is None
    assert not list(tmp_path.iterdir())
