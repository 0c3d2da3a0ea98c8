import numpy as np

from touchloop.geometry.pose import compose
from touchloop.sim.frames import FrameTree, Transform
from touchloop.tasks.environment import Environment


def test_frames_agree_with_the_simulator() -> None:
    with Environment() as environment:
        seen = environment.reset(5)
        tree = FrameTree()
        board = environment.world.board.pose_in_base
        transforms = {t.child: t for t in [*tree.fixed(), *tree.moving(seen.joint_positions, board)]}
        for name, index in environment.world.arm.links.items():
            expected = environment.world.arm.link_in_base(index)
            found = in_base(name, transforms)
            np.testing.assert_allclose(found[:3], expected[:3], atol=1e-6)
            assert abs(float(found[3:] @ expected[3:])) > 1.0 - 1e-6
        np.testing.assert_array_equal(transforms["board"].pose, board)
        assert {"world", "base_link"} == {transforms["base_link"].parent, transforms["base_link"].child}
        assert len(transforms) == len([*tree.fixed(), *tree.moving(seen.joint_positions, board)])


def in_base(name: str, transforms: dict[str, Transform]) -> np.ndarray:
    transform = transforms[name]
    if transform.parent == "base_link":
        return transform.pose
    return compose(in_base(transform.parent, transforms), transform.pose)
