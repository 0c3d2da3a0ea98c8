import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import FLOOR, SCORES, Limits

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["grasp", "wipe"]),
        st.dictionaries(st.sampled_from(SCORES), st.floats(0.0, 50.0), max_size=len(SCORES)),
    ),
    min_size=1,
    max_size=20,
)


@given(STEPS)
def test_no_step_of_the_calibration_is_beyond_its_limits(steps):
    limits = Limits.calibrated(steps)
    for skill, scores in steps:
        for name, value in scores.items():
            assert value <= limits.of(skill, name)
            assert limits.of(skill, name) >= FLOOR.get(name, 0.0)


def test_what_was_never_seen_has_no_limit():
    limits = Limits.calibrated([("grasp", {"aside_m": 0.001})])
    assert limits.of("wipe", "aside_m") == float("inf")
    assert limits.of("grasp", "turn_rad") == float("inf")


def test_limits_come_back_from_their_file(tmp_path):
    limits = Limits.calibrated([("grasp", {"aside_m": 0.0123}), ("grasp", {"aside_m": 0.02, "duration_s": 4.0})])
    limits.save(tmp_path / "limits.yaml", "made by a test")
    again = Limits.load(tmp_path / "limits.yaml")
    assert again.highest == {"grasp": {"aside_m": 0.02, "duration_s": 4.0}}
    assert again.runs == {"grasp": 2}
    assert "made by a test" in (tmp_path / "limits.yaml").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "expected skills"),
        ("grasp: {aside_m: far}", "grasp"),
        ("grasp: {height: 0.1}", "'height'"),
        ("grasp: {aside_m: [", "calibrate"),
    ],
)
def test_damaged_files_are_refused(tmp_path, text, said):
    path = tmp_path / "limits.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        Limits.load(path)


def test_a_missing_file_tells_how_to_make_it(tmp_path):
    with pytest.raises(InputError, match="monitor calibrate"):
        Limits.load(tmp_path / "none.yaml")
