"""Wrist and scene cameras: a render-only copy of the cell in its own PyBullet client."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from touchloop.geometry.pose import compose, quat_from_columns, rotate
from touchloop.sim.arm import urdf_path
from touchloop.sim.bullet import pybullet
from touchloop.sim.scene import Decal, Shape, Tool
from touchloop.sim.scene_state import SceneState

NEAR_M, FAR_M = 0.02, 3.0


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """A pinhole camera without distortion."""

    name: str
    width: int
    height: int
    vertical_fov_deg: float

    @property
    def intrinsics(self) -> np.ndarray:
        """(3, 3) camera matrix [px]."""
        focal = 0.5 * self.height / np.tan(np.radians(0.5 * self.vertical_fov_deg))
        return np.array([[focal, 0.0, 0.5 * self.width], [0.0, focal, 0.5 * self.height], [0.0, 0.0, 1.0]])


WRIST_CAMERA = CameraConfig("wrist", 128, 128, 70.0)
SCENE_CAMERA = CameraConfig("scene", 320, 240, 42.0)
OVERVIEW_CAMERA = CameraConfig("overview", 320, 240, 47.0)
"""Sees the whole bench with both arms; mounted with an error where the state has one."""
LARGE_OVERVIEW_CAMERA = replace(OVERVIEW_CAMERA, width=640, height=480)
"""The same for who must tell round from square."""
BACK_CAMERA = CameraConfig("back", 320, 240, 40.0)
"""Sees the bench's board from behind, where no arm stands before it for long; mounted with the overview's error."""
SCENE_CAMERA_EYE_IN_BASE = np.array([1.15, -0.62, 0.75])
SCENE_CAMERA_AIM_IN_BASE = np.array([0.42, 0.0, 0.24])


def look_at(eye: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """Pose (7,) in base of a camera's optical frame (z ahead, y down) at ``eye`` that looks at ``aim``, (3,) each."""
    z = (aim - eye) / np.linalg.norm(aim - eye)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    return np.concatenate([eye, quat_from_columns(x, np.cross(z, x), z)])


SCENE_CAMERA_IN_BASE = look_at(SCENE_CAMERA_EYE_IN_BASE, SCENE_CAMERA_AIM_IN_BASE)
OVERVIEW_CAMERA_IN_WORLD = look_at(np.array([1.30, -0.34, 1.30]), np.array([0.45, 0.0, 0.27]))

BACK_CAMERA_IN_WORLD = look_at(np.array([-0.35, 0.0, 0.90]), np.array([0.20, 0.0, 0.20]))
BENCH_CAMERAS = {OVERVIEW_CAMERA.name: OVERVIEW_CAMERA_IN_WORLD, BACK_CAMERA.name: BACK_CAMERA_IN_WORLD}


class Renderer:
    """Renders pictures of a ``SceneState``; the same state gives the same picture in any process."""

    def __init__(self) -> None:
        self._client = pybullet.connect(pybullet.DIRECT)
        self._built: tuple | None = None

    def close(self) -> None:
        """Frees the client."""
        pybullet.disconnect(self._client)

    def render(self, state: SceneState, camera: CameraConfig, arm: int = 0) -> np.ndarray:
        """Picture (height, width, 3) uint8 RGB; ``arm`` says whose wrist."""
        return self.render_parts(state, camera, arm)[0]

    def render_parts(self, state: SceneState, camera: CameraConfig, arm: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """The picture, and which of the state's shapes each pixel (height, width) shows; -1: an arm, or nothing."""
        self._apply(state)
        camera_in_world = self.camera_in_world(state, camera, arm)
        x, y, z = (rotate(camera_in_world[3:], axis) for axis in np.eye(3))
        eye = camera_in_world[:3]
        view = pybullet.computeViewMatrix(eye.tolist(), (eye + z).tolist(), (-y).tolist())
        aspect = camera.width / camera.height
        projection = pybullet.computeProjectionMatrixFOV(camera.vertical_fov_deg, aspect, NEAR_M, FAR_M)
        _, _, rgba, _, segments = pybullet.getCameraImage(
            camera.width,
            camera.height,
            view,
            projection,
            lightDirection=list(state.light_in_world),
            shadow=0,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._client,
        )
        picture = np.ascontiguousarray(np.reshape(rgba, (camera.height, camera.width, 4))[:, :, :3].astype(np.uint8))
        segments = np.reshape(segments, (camera.height, camera.width))
        for decal in state.decals:
            visible = segments == self._shapes[decal.shape]
            if visible.any():
                _draw_decal(picture, visible, decal, state.shapes[decal.shape], camera, eye, np.stack([x, y, z]))
        if state.brightness != 1.0:
            picture = (picture * state.brightness).astype(np.uint8)
        # Bodies are numbered as they are made: the arms, then the shapes.
        return picture, np.maximum(segments - len(self._arms), -1)

    def camera_in_world(self, state: SceneState, camera: CameraConfig, arm: int = 0) -> np.ndarray:
        """Pose (7,) of the optical frame in the state rendered last."""
        if camera.name == SCENE_CAMERA.name:
            return SCENE_CAMERA_IN_BASE
        if camera.name in BENCH_CAMERAS:
            extra, nominal = state.camera_errors[len(state.tools) :], BENCH_CAMERAS[camera.name]
            return compose(nominal, extra[0]) if len(extra) else nominal
        return compose(self._link_in_world(arm, "wrist_camera"), state.camera_errors[arm])

    def _link_in_world(self, arm: int, link: str) -> np.ndarray:
        state = pybullet.getLinkState(
            self._arms[arm], self._links[link], computeForwardKinematics=True, physicsClientId=self._client
        )
        return np.array(state[4] + state[5])

    def _apply(self, state: SceneState) -> None:
        self._build(state)
        for arm, joints in zip(self._arms, state.joint_positions, strict=True):
            for joint, position in enumerate(joints):
                pybullet.resetJointState(arm, joint, position, physicsClientId=self._client)
        for index, (shape, body) in enumerate(zip(state.shapes, self._shapes, strict=True)):
            pose = shape.pose if shape.arm < 0 else compose(self._link_in_world(shape.arm, "tcp"), shape.pose)
            pybullet.resetBasePositionAndOrientation(
                body, pose[:3].tolist(), pose[3:].tolist(), physicsClientId=self._client
            )
            if shape.rgb != self._colours[index]:
                pybullet.changeVisualShape(body, -1, rgbaColor=[*shape.rgb, 1.0], physicsClientId=self._client)
                self._colours[index] = shape.rgb

    def _build(self, state: SceneState) -> None:
        """Makes the bodies anew if the cell has other arms or shapes than the last one."""
        kinds = (state.tools, state.bases_in_world.tobytes(), tuple((s.kind, s.size) for s in state.shapes))
        if kinds == self._built:
            return
        pybullet.resetSimulation(physicsClientId=self._client)
        self._arms = [self._load_arm(*pair) for pair in zip(state.tools, state.bases_in_world, strict=True)]
        self._links = {
            pybullet.getJointInfo(self._arms[0], i, physicsClientId=self._client)[12].decode(): i
            for i in range(pybullet.getNumJoints(self._arms[0], physicsClientId=self._client))
        }
        self._shapes = [self._make(shape) for shape in state.shapes]
        self._colours: list[tuple[float, float, float] | None] = [None] * len(state.shapes)
        self._built = kinds

    def _load_arm(self, tool: Tool, base_in_world: np.ndarray) -> int:
        return pybullet.loadURDF(
            urdf_path(tool),
            basePosition=base_in_world[:3].tolist(),
            baseOrientation=base_in_world[3:].tolist(),
            useFixedBase=True,
            flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
            physicsClientId=self._client,
        )

    def _make(self, shape: Shape) -> int:
        if shape.kind == "box":
            form = {"shapeType": pybullet.GEOM_BOX, "halfExtents": [0.5 * s for s in shape.size]}
        elif shape.kind == "cylinder":
            form = {"shapeType": pybullet.GEOM_CYLINDER, "radius": shape.size[0], "length": shape.size[1]}
        else:
            form = {"shapeType": pybullet.GEOM_SPHERE, "radius": shape.size[0]}
        visual = pybullet.createVisualShape(**form, physicsClientId=self._client)
        return pybullet.createMultiBody(0.0, baseVisualShapeIndex=visual, physicsClientId=self._client)


def _draw_decal(
    picture: np.ndarray,
    visible: np.ndarray,
    decal: Decal,
    box: Shape,
    camera: CameraConfig,
    eye: np.ndarray,
    world_to_camera: np.ndarray,
) -> None:
    """Projects a grid by its face's homography (a texture upload would cost more than the picture)."""
    rows, columns = decal.grid.shape
    cell_x, cell_y = box.size[0] / rows, box.size[1] / columns
    axis_x, axis_y, axis_z = (rotate(box.pose[3:], axis) for axis in np.eye(3))
    face = box.pose[:3] + 0.5 * box.size[2] * axis_z
    corner = face - 0.5 * box.size[0] * axis_x - 0.5 * box.size[1] * axis_y
    # OpenCV's pixel (u, v) is (column, row), so columns (y) come first.
    face_to_world = np.stack(
        [cell_y * axis_y, cell_x * axis_x, corner + 0.5 * (cell_x * axis_x + cell_y * axis_y) - eye], 1
    )
    homography = camera.intrinsics @ world_to_camera @ face_to_world
    if abs(np.linalg.det(homography)) < 1e-12:
        return
    grid = cv2.warpPerspective(decal.grid, homography, (camera.width, camera.height), flags=cv2.INTER_LINEAR)
    share = (grid * visible)[:, :, None]
    colour = 255.0 * np.array(decal.rgb)
    picture[:] = (picture * (1.0 - share) + colour * share).astype(np.uint8)
