import pytest

from touchloop.chaos.explain import PERSON, RESET, TAIL_S, Cause, Said, is_explained
from touchloop.chaos.topics import CONTROLLER, RECORDER, SUPERVISOR

SILENT = Said("HOLDING", "target_pose is silent for 0.08 s", 10.0)


def cause(target: str, from_s: float = 9.0, to_s: float = 10.5) -> list[Cause]:
    return [Cause("drop", target, from_s, to_s)]


def test_running_needs_no_explanation_and_anything_else_does() -> None:
    assert is_explained(Said("RUNNING", "", 1.0), [])
    assert not is_explained(SILENT, [])


@pytest.mark.parametrize("target", ["target_pose", CONTROLLER, "/clock", "cpu", RESET])
def test_what_can_bring_it_about_explains_it(target: str) -> None:
    assert is_explained(SILENT, cause(target))


@pytest.mark.parametrize("target", ["wrench_bias", "hold", "camera/wrist/image_raw", RECORDER, "target_wrench"])
def test_what_cannot_bring_it_about_does_not_explain_it(target: str) -> None:
    assert not is_explained(SILENT, cause(target))


def test_only_what_happens_at_the_time_explains_it() -> None:
    assert not is_explained(SILENT, cause("target_pose", 10.1, 10.2))
    assert is_explained(SILENT, cause("target_pose", 8.0, 10.0 - 0.9 * TAIL_S))
    assert not is_explained(SILENT, cause("target_pose", 8.0, 10.0 - 1.1 * TAIL_S))


def test_a_stop_without_its_own_cause_is_not_explained_by_a_silence() -> None:
    stop = Said("PROTECTIVE_STOP", "contact force is 26 N, the limit is 25", 10.0)
    assert not is_explained(stop, cause("target_pose"))
    assert is_explained(stop, cause("wrench"))


def test_the_way_back_is_explained_by_who_began_it() -> None:
    ready = Said("READY", "", 10.0)
    assert not is_explained(ready, cause("target_pose"))
    assert is_explained(ready, cause(PERSON))
    assert is_explained(ready, cause(SUPERVISOR))
