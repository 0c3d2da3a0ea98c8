from pathlib import Path

import pytest
import yaml
from robot_samples import FOLDER

from touchloop.errors import InputError
from touchloop.robots.load import load_robot, robot_file


def changed(folder: Path, **changes: object) -> Path:
    content = yaml.safe_load((FOLDER / "panda.yaml").read_text()) | changes
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_simulated_arms_file_is_valid() -> None:
    assert load_robot(FOLDER / "panda.yaml").family == "crisp"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": "magic"}, "family 'magic': expected one of crisp, fzi"),
        ({"speed": 1}, "speed: Unexpected keyword argument"),
        ({"posture_rad": [0.0]}, "posture_rad has 1 numbers; expected 7, one a joint"),
        ({"joints": ["a", "a"]}, "each once"),
        ({"frames": {"base": "b", "tip": "t", "tcp_in_tip": [0, 0, 0, 0, 0, 0, 2]}}, "quaternion has length 2.0000"),
        ({"frames": {"base": "b"}}, "frames.tip: Field required"),
        ({"calibration": {"date": "yesterday"}}, "calibration.date"),
        ({"compliance": {"stiffness": [0, 1, 1, 1, 1, 1]}}, "expected numbers above 0"),
    ],
)
def test_faults_are_named_by_their_place(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_robot(changed(tmp_path, **changes))


def test_not_yaml(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(InputError, match="cannot be read"):
        load_robot(tmp_path / "broken.yaml")


def test_an_unknown_robot_is_told_which_there_are() -> None:
    with pytest.raises(InputError, match="panda"):
        robot_file("spot", FOLDER)
