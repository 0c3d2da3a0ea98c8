import pytest

from touchloop.errors import InputError
from touchloop.monitor.verdict import CAUSES, Verdict


def test_every_cause_can_be_told() -> None:
    assert [Verdict("failed", cause, 1, 0.5).cause for cause in CAUSES] == list(CAUSES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"status": "broken"}, "valid: ok, failed, unknown, running"),
        ({"status": "failed", "cause": "bad_luck"}, "valid: no_grasp, slip"),
        ({"status": "ok", "confidence": 1.5}, "from 0 to 1"),
        ({"status": "ok", "confidence": float("nan")}, "from 0 to 1"),
        ({"status": "ok", "step": 0}, "counted from 1"),
    ],
)
def test_nonsense_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Verdict(**arguments)
