"""Grey pictures as a scene: what the light was between them."""

import cv2
import numpy as np

from touchloop.errors import InputError
from touchloop.events.scenes.grey_frames import GreyFrames

LEAST_SIZE_PX = 12


class FrameScene:
    """Light on the pixels from grey pictures.

    Light is ``lux_per_level * (white * (level / white) ** gamma + veil)``. Grey pictures of a DAVIS are linear in light
    (gamma 1); those of videos are not (about 2.2). The ``veil``, in levels, is light that the picture does not show:
    the lens's flare and what the picture's black level hides; a logarithmic pixel sees it.

    Between two pictures the light is faded over, or (``motion``) moved along with the dense optical flow: a picture
    edge that goes 5 px between two pictures then passes each pixel once and fast, as it did, where fading makes slow
    changes everywhere on its way.
    """

    def __init__(
        self,
        frames: GreyFrames,
        lux_per_level: float,
        veil: float = 0.0,
        gamma: float = 1.0,
        white: float = 255.0,
        motion: bool = True,
    ) -> None:
        """Keep the pictures.

        Args:
            frames: the pictures; time 0 is the first one's.
            lux_per_level: light on the pixel for one grey level [lux].
            veil: see above.
            gamma: of the pictures' encoding.
            white: level of white; only matters with a gamma.
            motion: follow the motion between pictures.

        Raises:
            InputError: a factor that is not positive, a negative veil, pictures of less than 12 pixels with ``motion``.
        """
        if not (lux_per_level > 0.0 and gamma > 0.0 and white > 0.0 and veil >= 0.0):
            raise InputError(
                f"frames: {lux_per_level} lux a level, gamma {gamma}, white {white}, veil {veil}; "
                "expected positive numbers, the veil 0 or more"
            )
        self.height, self.width = frames.levels.shape[1:]
        if motion and min(self.height, self.width) < LEAST_SIZE_PX:
            raise InputError(
                f"frames: {self.width} x {self.height}; "
                f"expected {LEAST_SIZE_PX} pixels or more each way to follow motion"
            )
        self._frames = frames
        self._times_s = (frames.stamps_ns - frames.stamps_ns[0]) * 1e-9
        self._lux_per_level = lux_per_level
        self._veil = veil
        self._gamma = gamma
        self._white = white
        self._motion = motion
        self._pair: tuple[int, np.ndarray, np.ndarray] | None = None
        self._flow: _Flow | None = None

    @property
    def duration_s(self) -> float:
        """From the first picture to the last."""
        return float(self._times_s[-1])

    def lux(self, t_s: float) -> np.ndarray:
        """(H, W) float32 light [lux] at a time after the first picture; before it and after the last, theirs."""
        level = self.linear_level(t_s)
        return (level + np.float32(self._veil)) * np.float32(self._lux_per_level)

    def linear_level(self, t_s: float) -> np.ndarray:
        """(H, W) float32, linear in light, in grey levels, without the veil."""
        last = len(self._times_s) - 2
        row = min(max(int(np.searchsorted(self._times_s, t_s, side="right")) - 1, 0), last)
        gap_s = self._times_s[row + 1] - self._times_s[row]
        share = float(min(max((t_s - self._times_s[row]) / gap_s, 0.0), 1.0))
        if self._pair is None or self._pair[0] != row:
            first, second = (self._linear(self._frames.levels[k]) for k in (row, row + 1))
            self._pair = (row, first, second)
            self._flow = _Flow(first, second, self._white) if self._motion else None
        _, first, second = self._pair
        if self._flow is not None:
            first, second = self._flow.at(share, first, second)
        return np.float32(1.0 - share) * first + np.float32(share) * second

    def _linear(self, levels: np.ndarray) -> np.ndarray:
        levels = levels.astype(np.float32)
        if self._gamma == 1.0:
            return levels
        return (np.float32(self._white) * (levels / self._white) ** self._gamma).astype(np.float32)


class _Flow:
    """Motion between two pictures, both ways (Kroeger et al., "Fast optical flow using dense inverse search", 2016)."""

    def __init__(self, first: np.ndarray, second: np.ndarray, white: float) -> None:
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        a, b = (np.clip(picture * (255.0 / white), 0, 255).astype(np.uint8) for picture in (first, second))
        self._forth = np.asarray(search.calc(a, b, np.empty(0, np.float32)))
        self._back = np.asarray(search.calc(b, a, np.empty(0, np.float32)))
        rows, columns = np.indices(first.shape, np.float32)
        self._places = np.stack((columns, rows), axis=-1)

    def at(self, share: float, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both pictures moved to a time between them.

        The flow from that time to each picture is blended from both flows as in Jiang et al., "Super SloMo", CVPR
        2018, equation 4.
        """
        t = np.float32(share)
        one = np.float32(1.0)
        to_first = t * t * self._back - (one - t) * t * self._forth
        to_second = (one - t) * (one - t) * self._forth - t * (one - t) * self._back
        return self._moved(first, to_first), self._moved(second, to_second)

    def _moved(self, picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
        places = self._places + flow
        return cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # pyright: ignore
