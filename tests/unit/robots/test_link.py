import pytest

from touchloop.errors import InputError
from touchloop.robots.stand_ins.link import Link, LinkFaults


def heard(faults: LinkFaults, seed: int = 0) -> list[tuple[int, int]]:
    link: Link[int] = Link(faults, seed)
    out = []
    for now in range(500):
        link.send(now * 4_000_000, now)
        out += [(now, sent) for sent in link.arrived(now * 4_000_000)]
    return out


def test_a_good_line_is_at_once() -> None:
    assert heard(LinkFaults()) == [(now, now) for now in range(500)]


def test_latency_jitter_and_loss() -> None:
    out = heard(LinkFaults(0.02, 0.02, 0.1), 1)
    delays = [now - sent for now, sent in out]
    assert min(delays) > 5
    assert max(delays) <= 10
    assert [sent for _, sent in out] == sorted(sent for _, sent in out)
    assert len(out) < 450
    assert out == heard(LinkFaults(0.02, 0.02, 0.1), 1)
    assert out != heard(LinkFaults(0.02, 0.02, 0.1), 2)


def test_a_cut_line() -> None:
    assert heard(LinkFaults(loss=1.0)) == []


@pytest.mark.parametrize("bad", [{"loss": 1.5}, {"latency_s": -1.0}, {"jitter_s": float("nan")}])
def test_bad_faults(bad: dict[str, float]) -> None:
    with pytest.raises(InputError):
        LinkFaults(**bad)
