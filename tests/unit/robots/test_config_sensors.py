from dataclasses import replace

import pytest

from touchloop.errors import InputError
from touchloop.robots.config_sensors import Camera, Tactile, Tare

BLOCKS = {
    "camera": Camera(topic="image_raw"),
    "tactile": Tactile(kind="pictures", topic="gel/image_raw", field_of_view_m=(0.018, 0.014)),
    "tare": Tare(service="/zero"),
}


@pytest.mark.parametrize(
    ("block", "changes", "message"),
    [
        ("camera", {"topic": ""}, "topic is empty"),
        ("camera", {"size": (0, 10)}, "size"),
        ("camera", {"crop": (-1, 0, 5, 5)}, "crop"),
        ("camera", {"turn_deg": 45}, "turn_deg is 45; expected one of 0, 90, 180, 270"),
        ("camera", {"latency_s": 2.0}, "latency_s is 2; expected 0 to 1"),
        ("camera", {"clock_tolerance_s": 0.0}, "clock_tolerance_s"),
        ("tactile", {"kind": "sound"}, "kind 'sound': expected one of pictures, markers"),
        ("tactile", {"topic": ""}, "topic is empty"),
        ("tactile", {"field_of_view_m": (18.0, 14.0)}, "field_of_view_m"),
        ("tactile", {"rows": 1}, "at least 2"),
        ("tactile", {"turn_deg": -90}, "turn_deg"),
        ("tare", {"service": ""}, "service is empty"),
        ("tare", {"kind": "call"}, "kind 'call': expected one of trigger, set_bool"),
    ],
)
def test_faults_are_named(block: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(BLOCKS[block], **changes)
