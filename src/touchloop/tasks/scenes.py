"""A scene as the kind that a task made."""

from typing import TypeVar

from touchloop.sim.scene import Scene

S = TypeVar("S")


def scene_of(scene: Scene, kind: type[S]) -> S:
    """The scene, typed.

    Raises:
        TypeError: it is another task's.
    """
    if not isinstance(scene, kind):
        raise TypeError(f"scene is a {type(scene).__name__}, expected a {kind.__name__}")
    return scene
