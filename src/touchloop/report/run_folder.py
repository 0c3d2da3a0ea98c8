"""What a run left behind: the bag and ``result.json``, whole or not."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_recovery import being_recorded, needs_recovery, recover_bag
from touchloop.data.bag_writer import METADATA_NAME
from touchloop.errors import InputError

BAG_NAME = "bag"
RESULT_NAME = "result.json"


class EpisodeRow(BaseModel):
    """One episode's outcome; anything may be missing."""

    model_config = ConfigDict(extra="allow")
    seed: int | None = None
    perturbation: str | None = None
    variant: str = ""
    success: bool | None = None
    score: float | None = None
    progress: float | None = None
    in_band_ratio: float | None = None
    peak_force_n: float | None = None
    duration_s: float | None = None


class RunResult(BaseModel):
    """The content of ``result.json``."""

    model_config = ConfigDict(extra="allow")
    task: str | None = None
    episodes: list[EpisodeRow] = Field(default_factory=list, validation_alias=AliasChoices("episodes", "rows"))


@dataclass
class RunFolder:
    """A run's files.

    Attributes:
        path: The run's folder, or the bag itself where only a bag was given.
        bags: Readable parts of the bag, in order; may be empty.
        result: The outcome that the run wrote, if it did.
        problems: What is missing or damaged, in sentences.
    """

    path: Path
    bags: list[Path] = field(default_factory=list)
    result: RunResult | None = None
    problems: list[str] = field(default_factory=list)


def open_run(path: Path) -> RunFolder:
    """Finds a run's files and repairs a bag that was never closed.

    Args:
        path: A run's folder with ``bag/`` and ``result.json``, or a bag.

    Raises:
        InputError: There is no such folder, nothing in it can be read, or the bag is still being recorded.
    """
    if not path.is_dir():
        raise InputError(f"{path}: expected the folder of a run, with {BAG_NAME}/ and {RESULT_NAME}; there is none")
    run = RunFolder(path)
    is_bag = (path / METADATA_NAME).is_file() or any(path.glob("*.mcap"))
    parts = [path] if is_bag else bag_parts(path / BAG_NAME)
    for part in parts:
        _add_part(run, part)
    if not is_bag:
        _read_result(run, path / RESULT_NAME)
    if not parts:
        run.problems.append(f"There is no bag: expected the folder {BAG_NAME}/.")
    if not run.bags and run.result is None:
        raise InputError(f"{path}: nothing to report on. {' '.join(run.problems)}")
    return run


def _add_part(run: RunFolder, part: Path) -> None:
    if being_recorded(part):
        raise InputError(f"{part} is being recorded; stop the run first")
    try:
        if needs_recovery(part):
            run.problems.append(f"The recorder did not close {part.name}: {recover_bag(part)}.")
        if not (part / METADATA_NAME).is_file():
            raise InputError("it holds no recording")
        run.bags.append(part)
    except InputError as error:
        run.problems.append(f"The bag {part.name} cannot be read: {error}.")


def _read_result(run: RunFolder, path: Path) -> None:
    if not path.is_file():
        run.problems.append(f"There is no {RESULT_NAME}: the run did not reach its end. Outcomes come from the bag.")
        return
    try:
        run.result = RunResult.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole file"
        run.problems.append(f"{RESULT_NAME} cannot be read ({place}: {first['msg']}). Outcomes come from the bag.")
