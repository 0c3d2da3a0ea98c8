from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.chaos.catalogue import CATALOGUE, NODES, SHARES, chosen, draw
from touchloop.chaos.line import KINDS
from touchloop.chaos.topics import TOPICS
from touchloop.errors import InputError

DEAL = sum(SHARES.values())


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_the_same_seed_draws_the_same_faults(seed: int) -> None:
    assert list(islice(draw(seed), 300)) == list(islice(draw(seed), 300))
    assert list(islice(draw(seed), 300)) != list(islice(draw(seed + 1), 300))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_groups_come_in_their_shares(seed: int) -> None:
    groups = Counter(fault.group for fault in islice(draw(seed), 3 * DEAL))
    assert groups == {group: 3 * count for group, count in SHARES.items()}


@pytest.mark.parametrize("count", [1000, 10_000])
def test_all_kinds_and_targets_are_drawn_evenly(count: int) -> None:
    drawn = Counter((f.group, f.kind, f.target, f.needs_hold) for f in islice(draw(3), count))
    cells = Counter((c.group, c.kind, c.target, bool(c.why_hold)) for c in CATALOGUE)
    assert set(drawn) == set(cells)
    for group in SHARES:
        rates = [drawn[cell] / cells[cell] for cell in cells if cell[0] == group]
        assert max(rates) - min(rates) <= 1.0 + 1e-9, group


def test_every_node_and_topic_is_struck_and_every_fault_can_be_thrown() -> None:
    targets = {cell.target for cell in CATALOGUE}
    assert set(NODES) | set(TOPICS) <= targets
    for cell in CATALOGUE:
        assert 0.0 < cell.lasts_s[0] <= cell.lasts_s[1]
        assert not cell.strikes_messages or (cell.kind in KINDS and cell.target in TOPICS)


def test_what_needs_a_hold_lasts_long_enough_to_be_judged() -> None:
    needing = [cell for cell in CATALOGUE if cell.why_hold]
    assert len(needing) > 30
    assert all(cell.lasts_s[0] - cell.hold_after_s >= 0.25 or cell.group == "death" for cell in needing)


def test_some_kinds_alone_can_be_drawn() -> None:
    drawn = {(fault.kind, fault.target) for fault in islice(draw(1, "kill,foreign:plan"), 500)}
    assert drawn == {("foreign", "plan"), *(("kill", node) for node in NODES)}
    assert chosen("") == CATALOGUE


@pytest.mark.parametrize(("only", "said"), [("melt", "kinds are: drop, delay"), ("kill:wrench", "targets of kill are")])
def test_unknown_kinds_are_refused_with_those_that_there_are(only: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        draw(1, only)
