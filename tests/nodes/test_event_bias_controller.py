"""The bias controller over real DDS with simulated drivers that come, go, lack parameters and refuse."""

from collections.abc import Callable
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from node_processes import ACTIVATE, CONFIGURE, DEACTIVATE, Observer, Processes, end
from test_event_camera import camera
from touchloop_msgs.msg import BiasState

from touchloop.launching.packages import package_executable

pytestmark = pytest.mark.nodes
PATCH = ("width:=64", "height:=48")
BAND_HZ = (17e3, 85e3)
"""As many events a pixel as in the published band."""


def controller(processes: Processes, observer: Observer, *parameters: str) -> None:
    executable = package_executable("touchloop_nodes", "event_bias_controller", processes.environment)
    band = (f"band_low_hz:={BAND_HZ[0]}", f"band_high_hz:={BAND_HZ[1]}")
    words = [word for parameter in (*band, *parameters) for word in ("-p", parameter)]
    processes.start(executable, "--ros-args", *words)
    assert observer.change("event_bias_controller", CONFIGURE)
    assert observer.change("event_bias_controller", ACTIVATE)


def in_band(states: list[tuple[float, BiasState]], count: int) -> Callable[[], Any]:
    """The last so many looks were all in the band."""
    return lambda: len(states) >= count and all(BAND_HZ[0] <= s.rate_hz <= BAND_HZ[1] for _, s in states[-count:])


def test_brings_the_rate_into_its_band_and_keeps_it_there(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    states = observer.listen(BiasState, "bias_state")
    camera(processes, observer, *PATCH, "speed_px_s:=200", "light_lux:=2000", "RefrBp_coarse:=6", "RefrBp_fine:=255")
    controller(processes, observer)
    observer.until(in_band(states, 6), 60.0, "a second in the band")
    changed = [s for _, s in states if s.changed_names]
    for state in changed:
        assert state.reason
        assert set(state.changed_names) <= set(state.names)
    assert states[-1][1].values != states[0][1].values


def test_a_lost_camera_changes_nothing_and_its_return_goes_on(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    states = observer.listen(BiasState, "bias_state")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")

    def says(words: str) -> Callable[[], Any]:
        def latest() -> bool:
            own = [s for _, d in diagnoses for s in d.status if s.name == "event_bias_controller"]
            return bool(own) and words in own[-1].message

        return latest

    controller(processes, observer)
    observer.until(says("is not there"), what="a word about the missing driver")
    assert states == []
    child = camera(processes, observer, *PATCH, "light_lux:=500")
    observer.until(lambda: states, 30.0, "looks at the camera")
    child.kill()
    child.wait(10)
    observer.until(says("biases stay as they are"), what="a word about the lost camera")
    states.clear()
    observer.spin_for(1.0)
    assert states == []
    # DDS believes in the killed camera's services for some time; a request to them is lost.
    camera(processes, observer, *PATCH, "light_lux:=500", patience_s=3.0)
    observer.until(lambda: states, 30.0, "looks at the new camera")


def test_empty_packets_of_a_still_scene_are_a_low_rate(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    states = observer.listen(BiasState, "bias_state")
    child = camera(processes, observer, *PATCH, "light_lux:=3000.0", "speed_px_s:=0.0")
    controller(processes, observer)
    observer.until(lambda: any(s.rate_hz < BAND_HZ[0] for _, s in states), 60.0, "a rate below the band")
    observer.until(lambda: any(s.changed_names for _, s in states), 60.0, "more sensitivity")
    assert observer.change("event_bias_controller", DEACTIVATE)
    assert end(child) == 0
