"""The bias controller beside stand-ins of libcaer_driver and metavision_driver, with their names, ranges and values."""

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from driver_tables import DRIVERS
from fake_driver import FakeDriver
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from touchloop_msgs.msg import BiasState

from touchloop.events.sensors.camera import CAMERAS
from touchloop.launching.packages import package_executable

pytestmark = pytest.mark.nodes
FEW_HZ = 1000.0
"""Far below every band, so that biases must move."""


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_names_and_ranges_are_the_drivers(camera: str) -> None:
    assert CAMERAS[camera].limits() == {name: (low, high) for name, (low, high, _) in DRIVERS[camera].items()}


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_biases_of_every_driver_are_moved_within_their_ranges(scene: tuple[Processes, Observer], camera: str) -> None:
    processes, observer = scene
    driver = FakeDriver(observer, camera=camera)
    driver.rate_hz = FEW_HZ
    before = driver.values
    states = observer.listen(BiasState, "bias_state")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    executable = package_executable("touchloop_nodes", "event_bias_controller", processes.environment)
    processes.start(executable, "--ros-args", "-p", f"camera:={camera}")
    assert observer.change("event_bias_controller", CONFIGURE)
    assert observer.change("event_bias_controller", ACTIVATE)
    observer.until(lambda: sum(bool(s.changed_names) for _, s in states) >= 3, 30.0, "three changes of biases")
    assert driver.values != before
    for name, value in driver.values.items():
        low, high, _ = DRIVERS[camera][name]
        assert low <= value <= high
    assert set(states[-1][1].names) == set(DRIVERS[camera])

    def refused() -> str:
        own = [s for _, d in diagnoses for s in d.status if s.name == "event_bias_controller"]
        return {v.key: v.value for v in own[-1].values}.get("refused", "") if own else ""

    observer.until(refused, what="a diagnosis")
    assert refused() == "0"
