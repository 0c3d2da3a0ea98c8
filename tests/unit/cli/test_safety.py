"""``touchloop safety`` refuses what it cannot ask."""

import pytest

from touchloop.cli.main import EXIT_BAD_INPUT, main


def test_it_names_what_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["safety", "dance"])
    assert ended.value.code == EXIT_BAD_INPUT
    said = capsys.readouterr()
    assert "preflight" in said.out + said.err


@pytest.mark.parametrize("patience", ["0", "-1", "601"])
def test_patience_has_bounds(patience: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["safety", "status", "--patience-s", patience]) == EXIT_BAD_INPUT
    assert "expected 0.1 to 600" in capsys.readouterr().err
