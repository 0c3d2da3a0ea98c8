import pytest

from touchloop.errors import InputError
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.run.caps import Caps


def test_nothing_lifts_a_skill_above_its_cap() -> None:
    for name, spec in REGISTRY.skills.items():
        assert Caps().clipped(name, None, None) == (spec.max_speed_m_s, spec.max_force_n)
        assert Caps().clipped(name, 1e9, 1e9) == (spec.max_speed_m_s, spec.max_force_n)
        assert Caps().clipped(name, 0.01, 1.0) == (0.01, 1.0)
        assert Caps.of([""], 0.05, 2.0).clipped(name, None, 50.0) == (0.05, 2.0)


def test_the_allow_list_is_kept_and_checked() -> None:
    caps = Caps.of(["home", "press"], 0.0, 0.0)
    assert set(caps.registry.skills) == {"home", "press"}
    with pytest.raises(InputError, match="skill 'lift' is not allowed; allowed: home, press"):
        caps.clipped("lift", None, None)
    with pytest.raises(InputError, match="allowed skill 'juggle': expected some of"):
        Caps.of(["juggle"], 0.0, 0.0)


@pytest.mark.parametrize("wish", [0.0, -1.0, float("nan")])
def test_bad_wishes_are_refused(wish: float) -> None:
    with pytest.raises(InputError, match="home: speed_m_s is"):
        Caps().clipped("home", wish, None)
    with pytest.raises(InputError, match="home: force_n is"):
        Caps().clipped("home", None, wish)
    with pytest.raises(InputError, match="max_speed_m_s is"):
        Caps(max_speed_m_s=wish)
