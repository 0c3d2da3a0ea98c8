import numpy as np
import pytest

from touchloop.arm_names import in_arm
from touchloop.geometry.pose import compose
from touchloop.sim.frames import SCENE_CAMERA_TRANSFORM, FrameTree, Transform
from touchloop.tasks.environment import Environment


@pytest.mark.parametrize("task", ["wipe", "lift"])
def test_frames_agree_with_the_simulator(task: str) -> None:
    with Environment(task) as environment:
        seen = environment.reset(5)
        transforms = [SCENE_CAMERA_TRANSFORM]
        mounts, arms = environment.world.scene.mounts, environment.world.arms
        for name, mount, arm, sample in zip(environment.task.arms, mounts, arms, seen, strict=True):
            tree = FrameTree(name, mount.tool)
            transforms += [*tree.fixed(), *tree.moving(arm.base_in_world, sample.joint_positions)]
        by_child = {t.child: t for t in transforms}
        assert len(by_child) == len(transforms)
        for name, arm in zip(environment.task.arms, arms, strict=True):
            for link, index in arm.links.items():
                found = in_world(in_arm(name, link), by_child)
                expected = compose(arm.base_in_world, arm.link_in_base(index))
                np.testing.assert_allclose(found[:3], expected[:3], atol=1e-6)
                assert abs(float(found[3:] @ expected[3:])) > 1.0 - 1e-6


def in_world(name: str, transforms: dict[str, Transform]) -> np.ndarray:
    transform = transforms[name]
    if transform.parent == "world":
        return transform.pose
    return compose(in_world(transform.parent, transforms), transform.pose)
