"""``touchloop calibrate hand-eye``: where a camera is, from pictures of a ChArUco board."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from touchloop.calibration.board import BoardSpec, find_corners
from touchloop.calibration.camera import Lens, calibrate_lens, lens_of_info
from touchloop.calibration.capture import CameraInfo, read_capture, read_picture, write_pictures
from touchloop.calibration.findings import of_hand_eye
from touchloop.calibration.hand_eye import HandEye as Fit
from touchloop.calibration.hand_eye import View, solve_hand_eye
from touchloop.cli.calibrate_source import Source
from touchloop.errors import InputError


@dataclass(frozen=True, kw_only=True)
class HandEye(Source):
    """Where a camera is: on the arm, or beside it, from 5 or more views (better 12) of a ChArUco board.

    Camera on the arm: the board lies still. Camera beside it (--beside): the arm holds the board. Turn the wrist by 30
    degrees and more about several axes between pictures. A folder has pictures and poses.yaml with tip_in_base of each.
    """

    camera: str = "wrist"
    """Its topics are camera/NAME/image_raw and camera_info; with a slash in it, NAME/image_raw."""
    beside: bool = False
    """The camera stands beside the arm, which holds the board."""
    own_lens: bool = False
    """Calibrate the lens from the same pictures, too, instead of camera_info."""
    count: int = 12
    """Pictures to take."""
    poses: str = ""
    """THE ARM MOVES ITSELF: 'tilts', or a YAML file of poses of tcp in base_link; see tool."""
    board: BoardSpec = BoardSpec()  # noqa: RUF009 frozen
    """The board as printed."""

    def run(self) -> int:
        """Take pictures, find the board, solve, show, write."""
        config, path = self.load()
        if not 5 <= self.count <= 200:
            raise InputError(f"--count {self.count}: expected 5 to 200")
        folder = self.folder
        if self.bag:
            from touchloop.calibration.bag_log import views_of_bag  # only now: bags are slow to load

            views, info = views_of_bag(self.bag, self.log(config, path), self.camera, self.arm)
            folder = self.out or Path("runs") / f"calibrate-hand-eye-{self.bag.name}"
            write_pictures(folder, views, info)
        elif folder is None:
            folder = self.capture("hand-eye", path, poses=self.poses, count=self.count, camera=self.camera)
        console = Console()
        views, info, size = self._views(folder, console)
        lens = self._lens(views, info, size)
        fit = solve_hand_eye(views, lens, not self.beside)
        _show(fit, lens, console)
        if self.plot:
            from touchloop.calibration.plots import plot_hand_eye  # only now: matplotlib is slow to load

            plot_hand_eye(fit, self.plot)
        name = self.camera.strip("/").replace("/", "_")
        self.write(path, of_hand_eye(fit, name, not self.beside, lens if lens.rms_px > 0.0 else None), console)
        return 0

    def _views(self, folder: Path, console: Console) -> tuple[list[View], CameraInfo | None, tuple[int, int]]:
        capture = read_capture(folder)
        views, blind, sizes = [], [], set()
        for entry in capture.poses:
            if not entry.picture or entry.tip_in_base is None:
                raise InputError(f"{folder}: a pose lacks picture or tip_in_base; expected both for hand-eye")
            picture = read_picture(folder / entry.picture)
            sizes.add(picture.shape[::-1])
            corners = find_corners(picture, self.board)
            if corners is None:
                blind.append(entry.picture)
            else:
                views.append(View(entry.picture, np.array(entry.tip_in_base), corners))
        if not capture.poses:
            raise InputError(f"{folder}: poses.yaml lists no picture")
        if len(sizes) > 1:
            raise InputError(
                f"{folder}: the pictures have several sizes: {sorted(sizes)}; expected those of one camera"
            )
        if not views:
            raise InputError(
                f"{folder}: the board is in none of {len(blind)} pictures; is it that of the options, and sharp?"
            )
        if blind:
            console.print(f"no board in {', '.join(blind)}", style="yellow", markup=False)
        return views, capture.camera, sizes.pop()

    def _lens(self, views: list[View], info: CameraInfo | None, size: tuple[int, int]) -> Lens:
        if self.own_lens or info is None:
            return calibrate_lens([view.corners for view in views], size)
        return lens_of_info(info.k, info.d, info.distortion_model)


def _show(fit: Fit, lens: Lens, console: Console) -> None:
    table = Table(box=None)
    for column in ("picture", "corners px", "board off mm", "turned deg"):
        table.add_column(column, justify="left" if column == "picture" else "right")
    for name, px, off, turn in zip(fit.used, fit.rms_px, 1e3 * fit.offsets_m, fit.turns_deg, strict=True):
        table.add_row(name, f"{px:.2f}", f"{off:.2f}", f"{turn:.3f}")
    console.print(table)
    for text in fit.left_out:
        console.print(f"left out: {text}", style="yellow", markup=False)
    place, turn = (", ".join(f"{x:.5f}" for x in part) for part in (fit.camera[:3], fit.camera[3:]))
    console.print(f"camera  ({place}) m, ({turn})", highlight=False)
    console.print(
        f"rms     {float(np.sqrt(np.mean(fit.rms_px**2))):.2f} px over {len(fit.used)} views", highlight=False
    )
    if lens.rms_px > 0.0:
        (fx, _, cx), (_, fy, cy), _ = lens.matrix
        console.print(
            f"lens    focal ({fx:.1f}, {fy:.1f}) px, centre ({cx:.1f}, {cy:.1f}) px, rms {lens.rms_px:.2f} px",
            highlight=False,
        )
