"""The guides are true: their commands exist, and followed word for word they work.

The second takes long and needs a quiet machine: ``PYTEST_ARGS="-m slow tests/unit/docs" make test``.
"""

import importlib
import random
import shutil
from pathlib import Path

import pytest
import tyro
from guide_runner import REPOSITORY, GuideRunner
from guide_steps import Step, steps_of

from touchloop.cli.main import COMMANDS, main

GUIDES = sorted((REPOSITORY / "docs" / "guides").glob("*.md"))
NAMES = [guide.stem for guide in GUIDES]


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_command_of_a_guide_exists_with_its_options(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As a guide has left it for its later commands.
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    shutil.copy(REPOSITORY / "config/robots/panda.yaml", tmp_path / "my_arm.yaml")
    shutil.copy(REPOSITORY / "config/safety_supervisor.yaml", tmp_path / "my_cell.yaml")
    monkeypatch.chdir(tmp_path)
    for step in steps_of(guide):
        for command, *words in step.commands:
            where = f"{guide.name}:{step.line}: touchloop {command} {' '.join(words)}"
            assert command in COMMANDS, where
            if command == "launch":
                code = main(["launch", "--dry-run", *words])
                assert code == 0, f"{where}\n{capsys.readouterr().err}"
                continue
            options = getattr(importlib.import_module(f"touchloop.cli.{command}"), command.capitalize())
            try:
                tyro.cli(options, args=words)
            except SystemExit:
                pytest.fail(f"{where}\n{capsys.readouterr().err}")


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_background_blocks_of_a_guide_are_ended(guide: Path) -> None:
    running: set[str] = set()
    for step in steps_of(guide):
        if step.kind == "background":
            assert step.name not in running, f"{guide.name}:{step.line}: '{step.name}' is on already"
            running.add(step.name)
        elif step.kind == "end":
            assert step.name in running, f"{guide.name}:{step.line}: '{step.name}' is not on"
            running.remove(step.name)
    assert not running


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "guide", [g for g in GUIDES if any(s.kind == "run" for s in steps_of(g))], ids=lambda g: g.stem
)
def test_a_guide_works_word_for_word(guide: Path, tmp_path: Path) -> None:
    with GuideRunner(tmp_path, random.SystemRandom().randrange(1, 230)) as runner:
        for step in steps_of(guide):
            runner.do(step)


def test_steps_are_read_in_order_with_their_marks(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# Do\nText\n```bash\ntouchloop doctor && touchloop bag info x  # look\n```\n```yaml\na: 1\n```\n"
        "<!-- test: background robot -->\n```\ntouchloop launch a.xml \\\n  b:=1\n```\n<!-- test: until passed -->\n\n"
        "```\ntrue\n```\n<!-- test: end robot -->\n<!-- test: skip, needs an arm -->\n```\nfalse\n```\n"
    )
    steps = steps_of(guide)
    assert [(step.kind, step.name) for step in steps] == [
        ("run", ""),
        ("background", "robot"),
        ("until", ""),
        ("end", "robot"),
        ("skip", ""),
    ]
    assert steps[0].commands == [["doctor"], ["bag", "info", "x"]]
    assert steps[1].commands == [["launch", "a.xml", "b:=1"]]
    assert steps[4] == Step("skip", 21, "false")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- test: skip -->\n```\na\n```\n", "the mark 'skip' is not known"),
        ("<!-- test: skip, why -->\nText\n```\na\n```\n", "g.md:1: the mark is before no block"),
        ("<!-- test: until passed -->\n", "before no block"),
        ("<!-- test: until passed -->\n<!-- test: skip, why -->\n```\n```\n", "two marks"),
        ("```\na\n", "not closed"),
    ],
)
def test_what_is_wrong_with_a_guides_marks_is_told(tmp_path: Path, text: str, said: str) -> None:
    guide = tmp_path / "g.md"
    guide.write_text(text)
    with pytest.raises(ValueError, match=said):
        steps_of(guide)


def test_a_guide_that_does_not_work_is_noticed(tmp_path: Path) -> None:
    with GuideRunner(tmp_path, 77) as runner:
        runner.do(Step("run", 1, "test -f README.md\ncp config/robots/panda.yaml mine.yaml"))
        assert (runner.folder / "mine.yaml").is_file()
        assert not (REPOSITORY / "mine.yaml").exists()
        runner.do(Step("background", 2, "touch on; sleep 600; touch off", "robot"))
        runner.do(Step("until", 3, "test -f on"))
        with pytest.raises(AssertionError, match=r"line 4 ended with 1:\nfalse\ntrue"):
            runner.do(Step("run", 4, "false\ntrue"))
        runner.do(Step("end", 5, name="robot"))
        assert not (runner.folder / "off").exists()
