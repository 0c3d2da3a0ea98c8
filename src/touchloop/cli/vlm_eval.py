"""``touchloop vlm eval``: scores the embedded model on held-out questions."""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from touchloop.errors import InputError

if TYPE_CHECKING:
    from touchloop.monitor.vlm.card import VlmCard
    from touchloop.monitor.vlm.score import KindScore, Score

AIM, AIM_LATENCY_S = 0.93, 0.06


@dataclass(frozen=True)
class Eval:
    """Ask held-out questions: other scenes, wordings, colours, cameras and light than in training."""

    weights: Path | None = None
    """Folder; default weights/vlm."""
    seed: int = 60_000
    """Of the first bench; the next ones count up."""
    scenes: int = 100
    """Benches, seven pictures each."""
    questions: int = 5600
    """All kinds of question alike."""
    familiar: bool = False
    """Wordings, colours, cameras and light of the training instead; the scenes are new."""
    json: Path | None = None
    """Write the figures here too."""

    def run(self) -> int:
        """Score, print and write; 0 also where the aim is missed: the figures say so."""
        for name in ("scenes", "questions"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")
        from touchloop.monitor.vlm.card import BLIND, default_folder
        from touchloop.monitor.vlm.embedded import EmbeddedModel, session_of
        from touchloop.monitor.vlm.pictures import make_pictures
        from touchloop.monitor.vlm.score import score

        folder = self.weights or default_folder()
        model = EmbeddedModel.load(folder)
        self._check_seed(model.card)
        blind = session_of(folder / BLIND) if BLIND in model.card.files else None
        console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with tempfile.TemporaryDirectory() as place, Progress(*columns, console=console) as bars:
            drawn = bars.add_task("pictures", total=self.scenes)
            pictures = make_pictures(
                Path(place), self.seed, self.scenes, not self.familiar, lambda n: bars.update(drawn, completed=n)
            )
            asked = bars.add_task("questions", total=self.questions)
            result = score(
                model,
                blind,
                pictures,
                self.seed,
                self.questions,
                not self.familiar,
                lambda n: bars.update(asked, completed=n),
            )
        show_score(result, console)
        if self.json is not None:
            self.json.write_text(json.dumps(self._content(result, model.card), indent=2) + "\n")
        return 0

    def _check_seed(self, card: "VlmCard") -> None:
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        for name, (first, count) in card.seeds.items():
            if self.seed < first + count and self.seed + self.scenes > first:
                raise InputError(
                    f"--seed {self.seed}: {self.scenes} benches from there on were partly used for {name}; "
                    f"expected none of {first} to {first + count - 1}"
                )

    def _content(self, result: "Score", card: "VlmCard") -> dict[str, object]:
        return {
            "accuracy": result.total.model,
            "interval": [result.total.low, result.total.high],
            "majority": result.total.majority,
            "text_only": result.total.text_only,
            "calibration_error": result.calibration_error,
            "latency_p50_s": result.latency_p50_s,
            "latency_p95_s": result.latency_p95_s,
            "processor_p50_s": result.processor_p50_s,
            "processor_p95_s": result.processor_p95_s,
            "kinds": {row.kind: asdict(row) for row in result.rows},
            "questions": self.questions,
            "scenes": self.scenes,
            "seed": self.seed,
            "held_out": not self.familiar,
            "aim": {"accuracy": AIM, "latency_s": AIM_LATENCY_S},
            "parameters": card.parameters,
            "weights_commit": card.commit,
        }


def show_score(result: "Score", console: Console) -> None:
    """A table by kind of question."""
    table = Table(title="right answers, 95 % interval clustered by scene")
    for column in ("question", "about", "n", "model", "interval", "majority", "text only", "unknown found"):
        table.add_column(column, justify="left" if column in ("question", "about") else "right")
    for row in (*result.rows, result.total):
        if row is result.total:
            table.add_section()
        table.add_row(*_cells(row))
    console.print(table)
    good = result.total.model >= AIM
    console.print(
        f"[{'green' if good else 'red'}]{result.total.model:.3f}, aim {AIM}[/]; confidence is off by "
        f"{result.calibration_error:.3f}; {1e3 * result.latency_p50_s:.0f} ms a question on one core "
        f"(95 %: {1e3 * result.latency_p95_s:.0f} ms; its own processor time {1e3 * result.processor_p50_s:.0f} ms, "
        f"95 %: {1e3 * result.processor_p95_s:.0f} ms), aim {1e3 * AIM_LATENCY_S:.0f} ms",
        highlight=False,
    )


def _cells(row: "KindScore") -> list[str]:
    unknown = f"{row.unknown_recall:.2f}" if row.unknown_recall == row.unknown_recall else "-"
    interval = f"{row.low:.3f}-{row.high:.3f}"
    means = [f"{value:.3f}" for value in (row.majority, row.text_only)]
    return [row.kind, row.about, str(row.questions), f"{row.model:.3f}", interval, *means, unknown]
