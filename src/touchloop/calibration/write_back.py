"""Puts what was measured into a robot's YAML file. Comments and everything else stay as they are."""

import datetime
import difflib
import io
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from touchloop.errors import InputError
from touchloop.robots.config_calibration import PARTS
from touchloop.robots.load import load_robot

DIGITS = 6
"""Significant digits of what is written."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one calibration found.

    Attributes:
        part: one of ``PARTS``.
        values: by the keys of the file's ``calibration`` block; a mapping is merged into what is there.
        residuals: names begin with ``prefix``; older ones that do are dropped.
        prefix: of this part's residuals, as ``hand_eye_wrist``.
    """

    part: str
    values: Mapping[str, Any]
    residuals: Mapping[str, float]
    prefix: str


def write_findings(path: Path, findings: Findings, today: datetime.date, dry_run: bool = False) -> str:
    """Changes the file in one step: either all is there afterwards, or nothing has changed.

    Args:
        path: the robot's file; of a pair, that of the arm (``load_robot`` tells which).
        findings: what to write.
        today: date of the calibration. The block's own ``date`` becomes that of its oldest part.
        dry_run: only tell what would change.

    Returns:
        The change, as lines of a unified diff; empty if there is none.

    Raises:
        InputError: not a robot's file, read-only, or what would be written is not valid.
    """
    if findings.part not in PARTS:
        raise InputError(f"part '{findings.part}': expected one of {', '.join(PARTS)}")
    path = path.resolve()
    yaml = _yaml()
    try:
        before = path.read_text(encoding="utf-8")
        content = yaml.load(before)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, CommentedMap):
        raise InputError(f"{path} is not a robot's file: expected keys and values")
    _merge(content, findings, today)
    text = io.StringIO()
    yaml.dump(content, text)
    after = text.getvalue()
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    diff = "".join(difflib.unified_diff(old, new, path.name, f"{path.name} calibrated", n=1))
    if dry_run:
        _checked(path, after, replace=False)
    elif diff:
        if not path.stat().st_mode & 0o222:
            raise InputError(f"{path} is read-only: allow writing (chmod u+w), or calibrate with --dry-run")
        _checked(path, after, replace=True)
    return diff


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    # Longer than any line, so that none is folded anew.
    yaml.width = 1000
    # The same date twice is written twice, not as a reference.
    yaml.representer.ignore_aliases = lambda *_: True
    return yaml


def _merge(content: CommentedMap, findings: Findings, today: datetime.date) -> None:
    if content.get("calibration") is None:
        content["calibration"] = CommentedMap()
    block = content["calibration"]
    for key, value in findings.values.items():
        if isinstance(value, Mapping):
            _child(block, key).update({name: _plain(item) for name, item in value.items()})
        else:
            block[key] = _plain(value)
    residuals = _child(block, "residuals")
    for name in [name for name in residuals if str(name).startswith(f"{findings.prefix}_")]:
        del residuals[name]
    residuals.update({name: _plain(value) for name, value in findings.residuals.items()})
    dates = _child(block, "dates")
    dates[findings.part] = today
    oldest = min(dates.values())
    if "date" in block:
        block["date"] = oldest
    else:
        block.insert(0, "date", oldest)


def _child(block: CommentedMap, key: str) -> CommentedMap:
    if block.get(key) is None:
        block[key] = CommentedMap()
    if not block[key]:
        block[key].fa.set_block_style()
    return block[key]


def _plain(value: Any) -> Any:
    """Rounded numbers; sequences stand on one line."""
    if isinstance(value, Mapping):
        return CommentedMap({key: _plain(item) for key, item in value.items()})
    if isinstance(value, str | bool | int | datetime.date):
        return value
    if hasattr(value, "__len__"):
        out = CommentedSeq([_plain(item) for item in value])
        out.fa.set_flow_style()
        return out
    number = float(f"{float(value):.{DIGITS}g}")
    # Readers of YAML 1.1 take 1e-05 for a word. Less than 0.1 mm, N m or ms is noise here anyway.
    return number if abs(number) >= 1e-4 else round(number, 4)


def _checked(path: Path, text: str, replace: bool) -> None:
    """Writes a file beside it, reads it as every node will, and takes its place."""
    try:
        handle, name = tempfile.mkstemp(".yaml", f".{path.stem}_", path.parent)
    except OSError as error:
        raise InputError(f"{path.parent} cannot be written: {error}") from error
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, beside)
        load_robot(beside)
        if replace:
            beside.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
