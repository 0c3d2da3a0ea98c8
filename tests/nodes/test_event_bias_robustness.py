"""The bias controller's node with drivers that misbehave: parameters, clocks, silence and overload."""

from collections.abc import Callable

import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fake_driver import PERIOD_NS, FakeDriver
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from touchloop_msgs.msg import BiasState

from touchloop.events.sensors.camera import CAMERAS
from touchloop.launching.packages import package_executable
from touchloop_nodes.event_bias_controller import QUEUE

pytestmark = pytest.mark.nodes
FLOOD_HZ, FINE_HZ, OVERLOAD_HZ = 6e6, 1.1e6, 50e6
"""Above the band of a DAVIS346, in its middle, and more than any camera sends."""
LIBCAER_BYTES = 8


class Scene:
    """A controller, what it says, and its process."""

    def __init__(self, processes: Processes, observer: Observer) -> None:
        self.observer = observer
        self.states = observer.listen(BiasState, "bias_state")
        self._diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
        executable = package_executable("touchloop_nodes", "event_bias_controller", processes.environment)
        self.process = psutil.Process(processes.start(executable).pid)
        assert observer.change("event_bias_controller", CONFIGURE)
        assert observer.change("event_bias_controller", ACTIVATE)

    def until_changes(self, count: int) -> list[BiasState]:
        def changes() -> list[BiasState]:
            found = [s for _, s in self.states if s.changed_names]
            return found if len(found) >= count else []

        return self.observer.until(changes, 20.0, f"{count} changes of biases")

    def until_told(self, rate_hz: float) -> None:
        """Three states in a row tell this rate, to a tenth."""
        self.states.clear()

        def told() -> bool:
            last = [s.rate_hz for _, s in self.states[-3:]]
            return len(last) == 3 and all(abs(r - rate_hz) <= 0.1 * rate_hz for r in last)

        self.observer.until(told, 20.0, f"a rate of {rate_hz:g} events/s")

    def until_says(self, fits: Callable[[DiagnosticStatus, dict[str, str]], bool], what: str) -> None:
        def said() -> bool:
            own = [s for _, d in self._diagnoses for s in d.status if s.name == "event_bias_controller"]
            return bool(own) and fits(own[-1], {v.key: v.value for v in own[-1].values})

        self.observer.until(said, 20.0, what)


def test_parameters_that_the_driver_lacks_are_named_and_left_out(scene: tuple[Processes, Observer]) -> None:
    lacks = ("ONBn_coarse", "ONBn_fine")
    driver = FakeDriver(scene[1], lacks=lacks)
    driver.rate_hz = FLOOD_HZ
    seen = Scene(*scene)
    for state in seen.until_changes(2):
        assert not set(lacks) & {*state.names, *state.changed_names}
    seen.until_says(lambda s, _: s.level == DiagnosticStatus.WARN and "ONBn_fine" in s.message, "a warning")


def test_parameters_that_cannot_be_written_stay_and_the_others_move(scene: tuple[Processes, Observer]) -> None:
    refuses = ("ONBn_coarse", "ONBn_fine")
    driver = FakeDriver(scene[1], refuses=refuses)
    driver.rate_hz = FLOOD_HZ
    before = driver.values
    seen = Scene(*scene)
    seen.observer.until(lambda: any(driver.values[n] != v for n, v in before.items()), 20.0, "another bias to move")
    seen.until_says(lambda _, values: int(values.get("refused", 0)) > 0, "refusals to be counted")
    assert all(driver.values[name] == before[name] for name in refuses)


def test_adjusted_values_are_taken_as_they_are(scene: tuple[Processes, Observer]) -> None:
    driver = FakeDriver(scene[1], step=8)
    driver.rate_hz = FLOOD_HZ
    seen = Scene(*scene)
    seen.until_changes(3)
    for _, state in seen.states:
        told = zip(state.names, state.values, strict=True)
        assert all(value % 8 == 0 for name, value in told if name.endswith("_fine"))
        assert state.state != "stuck"


def test_clock_jumps_move_no_bias(scene: tuple[Processes, Observer]) -> None:
    driver = FakeDriver(scene[1])
    driver.rate_hz = FINE_HZ
    seen = Scene(*scene)
    seen.until_told(FINE_HZ)
    before = driver.values
    for jump_s in (-1000, 2000, -3):
        driver.offset_ns += jump_s * 1_000_000_000
        seen.until_told(FINE_HZ)
    assert driver.values == before


def test_empty_packets_are_a_rate_of_nothing(scene: tuple[Processes, Observer]) -> None:
    driver = FakeDriver(scene[1])
    seen = Scene(*scene)
    seen.until_told(FINE_HZ)
    driver.rate_hz = 0.0
    seen.until_told(0.0)
    driver.rate_hz = FINE_HZ
    seen.until_told(FINE_HZ)
    assert seen.states[-1][1].damaged_packets == 0


def test_an_unplugged_camera_that_comes_back(scene: tuple[Processes, Observer]) -> None:
    driver = FakeDriver(scene[1])
    seen = Scene(*scene)
    seen.until_told(FINE_HZ)
    driver.unplugged = True
    seen.observer.until(lambda: seen.states[-1][1].state == "silent", 20.0, "a word about the silence")
    seen.states.clear()
    seen.observer.spin_for(1.0)
    assert driver.values == CAMERAS["davis346"].start_values()
    driver.unplugged = False
    seen.until_told(FINE_HZ)
    assert seen.states[-1][1].lost_packets == 0


@pytest.mark.parametrize("duration_s", [5.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_overload(scene: tuple[Processes, Observer], duration_s: float) -> None:
    driver = FakeDriver(scene[1])
    driver.rate_hz, driver.skip_every = OVERLOAD_HZ, 10
    seen = Scene(*scene)
    seen.until_changes(1)
    memory = seen.process.memory_info().rss
    seen.states.clear()
    seen.observer.spin_for(duration_s)
    packet_bytes = OVERLOAD_HZ * PERIOD_NS * 1e-9 * LIBCAER_BYTES
    # The middleware may keep the whole queue; more than that never.
    assert seen.process.memory_info().rss - memory < QUEUE * packet_bytes + 50e6
    seen.until_changes(1)
    skipped = driver.skipped
    seen.until_says(lambda _, values: int(values["lost_packets"]) >= skipped * 0.8, "lost packets on /diagnostics")
    assert len(seen.states) >= 3.0 * duration_s
