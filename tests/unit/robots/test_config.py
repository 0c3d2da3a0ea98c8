from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from robot_samples import FOLDER

from touchloop.errors import InputError
from touchloop.geometry.pose import rotate
from touchloop.robots.adapters.make import make_adapter
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.load import description_of, load_robot, robot_file


def changed(folder: Path, **changes: object) -> Path:
    content = yaml.safe_load((FOLDER / "panda.yaml").read_text()) | changes
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_simulated_arms_file_is_valid() -> None:
    assert load_robot(FOLDER / "panda.yaml")[0].family == "crisp"


FLANGES = {
    # Straight up at zero angles, by the sums of the makers' lengths.
    "fr3": ([0.0] * 7, [0.088, 0.0, 0.333 + 0.316 + 0.384 - 0.107]),
    "ur5e": ([0.0] * 6, [-0.8172, -0.2329, 0.0628]),
    "xarm7": ([0.0] * 7, [0.206, 0.0, 0.1205]),
}


@pytest.mark.parametrize("name", ["fr3", "rizon4", "ur5e", "xarm7"])
def test_a_shipped_robot_has_its_description_and_a_posture_within_its_limits(name: str) -> None:
    config, path = load_robot(FOLDER / f"{name}.yaml")
    bare = replace(config, frames=replace(config.frames, tcp_in_tip=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)))
    kinematics = Kinematics(bare, description_of(config, path))
    posture = np.array(config.posture_rad)
    assert np.all((posture > kinematics.lower) & (posture < kinematics.upper))
    # Tool down, well away from a singularity.
    tcp = kinematics.tcp_in_base(posture)
    assert rotate(tcp[3:], np.array([0.0, 0.0, 1.0]))[2] < -0.9
    assert np.linalg.svd(kinematics.jacobian(posture))[1][-1] > 0.05
    if name in FLANGES:
        joints, flange = FLANGES[name]
        at_zero = kinematics.tcp_in_base(np.array(joints))[:3]
        if name == "ur5e":
            # The maker's table is in the frame base, which is base_link turned by half a turn.
            at_zero[:2] *= -1
        np.testing.assert_allclose(at_zero, flange, atol=1e-4)
    assert make_adapter(config, description_of(config, path)).commands


def test_a_pair_gives_each_arm_its_own() -> None:
    pair = FOLDER / "pair.yaml"
    names = [load_robot(pair, arm)[0].topics.pose for arm in ("left", "right")]
    assert names == ["/left/current_pose", "/right/current_pose"]
    with pytest.raises(InputError, match="no arm 'third'; its arms are: left, right"):
        load_robot(pair, "third")


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
