"""Wrist and scene cameras: a render-only copy of the scene in its own PyBullet client."""

from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.geometry.pose import compose, quat_from_columns, rotate
from touchloop.sim.arm import urdf_path
from touchloop.sim.board import BOARD_SIZE_M
from touchloop.sim.bullet import pybullet

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
SCENE_CAMERA_EYE_IN_BASE = np.array([1.15, -0.62, 0.75])
SCENE_CAMERA_AIM_IN_BASE = np.array([0.42, 0.0, 0.24])


@dataclass(frozen=True, slots=True)
class SceneState:
    """All that a picture depends on."""

    joint_positions: np.ndarray
    """(7,) [rad]"""
    board_in_base: np.ndarray
    """(7,) pose of the centre of the board's face."""
    ink: np.ndarray
    """Grid of 0..1 over the face, x rows, y columns."""
    board_rgb: tuple[float, float, float]
    ink_rgb: tuple[float, float, float]
    light_in_base: tuple[float, float, float]
    """Direction towards the light."""


def look_at(eye: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """Pose (7,) in base of a camera's optical frame (z ahead, y down) at ``eye`` that looks at ``aim``, (3,) each."""
    z = (aim - eye) / np.linalg.norm(aim - eye)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    return np.concatenate([eye, quat_from_columns(x, np.cross(z, x), z)])


SCENE_CAMERA_IN_BASE = look_at(SCENE_CAMERA_EYE_IN_BASE, SCENE_CAMERA_AIM_IN_BASE)


class Renderer:
    """Renders pictures of a ``SceneState``; the same state gives the same picture in any process."""

    def __init__(self) -> None:
        self._client = pybullet.connect(pybullet.DIRECT)
        flags = pybullet.URDF_USE_INERTIA_FROM_FILE
        self._arm = pybullet.loadURDF(urdf_path(), useFixedBase=True, flags=flags, physicsClientId=self._client)
        links = {
            pybullet.getJointInfo(self._arm, i, physicsClientId=self._client)[12].decode(): i
            for i in range(pybullet.getNumJoints(self._arm, physicsClientId=self._client))
        }
        self._wrist_link = links["wrist_camera"]
        half = [0.5 * s for s in BOARD_SIZE_M]
        board = pybullet.createVisualShape(pybullet.GEOM_BOX, halfExtents=half, physicsClientId=self._client)
        self._board = pybullet.createMultiBody(0.0, baseVisualShapeIndex=board, physicsClientId=self._client)
        table = pybullet.createVisualShape(
            pybullet.GEOM_BOX,
            halfExtents=[0.45, 0.5, 0.02],
            rgbaColor=[0.55, 0.42, 0.3, 1.0],
            physicsClientId=self._client,
        )
        pybullet.createMultiBody(
            0.0, baseVisualShapeIndex=table, basePosition=[0.45, 0.0, -0.02], physicsClientId=self._client
        )
        self._board_rgb: tuple[float, float, float] | None = None

    def close(self) -> None:
        """Frees the client."""
        pybullet.disconnect(self._client)

    def render(self, state: SceneState, camera: CameraConfig) -> np.ndarray:
        """Picture (height, width, 3) uint8 RGB."""
        self._apply(state)
        camera_in_base = self.camera_in_base(camera)
        x, y, z = (rotate(camera_in_base[3:], axis) for axis in np.eye(3))
        eye = camera_in_base[:3]
        view = pybullet.computeViewMatrix(eye.tolist(), (eye + z).tolist(), (-y).tolist())
        aspect = camera.width / camera.height
        projection = pybullet.computeProjectionMatrixFOV(camera.vertical_fov_deg, aspect, NEAR_M, FAR_M)
        _, _, rgba, _, segments = pybullet.getCameraImage(
            camera.width,
            camera.height,
            view,
            projection,
            lightDirection=list(state.light_in_base),
            shadow=0,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._client,
        )
        picture = np.ascontiguousarray(np.reshape(rgba, (camera.height, camera.width, 4))[:, :, :3].astype(np.uint8))
        on_board = np.reshape(segments, (camera.height, camera.width)) == self._board
        self._draw_ink(picture, on_board, state, camera, eye, np.stack([x, y, z]))
        return picture

    def camera_in_base(self, camera: CameraConfig) -> np.ndarray:
        """Pose (7,) of the optical frame in the state rendered last."""
        if camera.name == SCENE_CAMERA.name:
            return SCENE_CAMERA_IN_BASE
        link = pybullet.getLinkState(
            self._arm, self._wrist_link, computeForwardKinematics=True, physicsClientId=self._client
        )
        return np.array(link[4] + link[5])

    def _apply(self, state: SceneState) -> None:
        for joint, position in enumerate(state.joint_positions):
            pybullet.resetJointState(self._arm, joint, position, physicsClientId=self._client)
        centre = compose(state.board_in_base, np.array([0.0, 0.0, -0.5 * BOARD_SIZE_M[2], 0.0, 0.0, 0.0, 1.0]))
        pybullet.resetBasePositionAndOrientation(
            self._board, centre[:3].tolist(), centre[3:].tolist(), physicsClientId=self._client
        )
        if state.board_rgb != self._board_rgb:
            pybullet.changeVisualShape(self._board, -1, rgbaColor=[*state.board_rgb, 1.0], physicsClientId=self._client)
            self._board_rgb = state.board_rgb

    def _draw_ink(
        self,
        picture: np.ndarray,
        on_board: np.ndarray,
        state: SceneState,
        camera: CameraConfig,
        eye: np.ndarray,
        base_to_camera: np.ndarray,
    ) -> None:
        """Projects the ink grid by the face's homography (a texture upload would cost more than the picture)."""
        rows, columns = state.ink.shape
        cell_x, cell_y = BOARD_SIZE_M[0] / rows, BOARD_SIZE_M[1] / columns
        axis_x = rotate(state.board_in_base[3:], np.array([1.0, 0.0, 0.0]))
        axis_y = rotate(state.board_in_base[3:], np.array([0.0, 1.0, 0.0]))
        corner = state.board_in_base[:3] - 0.5 * BOARD_SIZE_M[0] * axis_x - 0.5 * BOARD_SIZE_M[1] * axis_y
        # OpenCV's pixel (u, v) is (column, row), so columns (y) come first.
        face_to_base = np.stack(
            [cell_y * axis_y, cell_x * axis_x, corner + 0.5 * (cell_x * axis_x + cell_y * axis_y) - eye], 1
        )
        homography = camera.intrinsics @ base_to_camera @ face_to_base
        if abs(np.linalg.det(homography)) < 1e-12:
            return
        ink = cv2.warpPerspective(state.ink, homography, (camera.width, camera.height), flags=cv2.INTER_LINEAR)
        share = (ink * on_board)[:, :, None]
        colour = 255.0 * np.array(state.ink_rgb)
        picture[:] = (picture * (1.0 - share) + colour * share).astype(np.uint8)
