"""What a chaos run found, as it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from touchloop.chaos.ledger import Entry, Ledger


def content_of(ledger: Ledger, seed: int, wall_s: float, episodes: int) -> dict[str, Any]:
    """All figures of a run; the keys of the first line are what others rely on."""
    limits, entries = ledger.limits, ledger.entries
    needing = [entry for entry in entries if entry.needs_hold]
    return {
        "faults": len(entries),
        "unsafe": len(ledger.unsafe),
        "unexplained": len(ledger.unexplained),
        "max_hold_s": round(ledger.max_hold_s, 3),
        "max_force_n": round(ledger.max_force_n, 2),
        "seed": seed,
        "wall_s": round(wall_s, 1),
        "episodes": episodes,
        "force_cap_n": limits.force_cap_n,
        "force_allowed_n": round(limits.force_n, 3),
        "hold_allowed_s": limits.hold_s,
        "standstill_m_s": limits.standstill_m_s,
        "workspace_in_base_m": [limits.lower_in_base_m.tolist(), limits.upper_in_base_m.tolist()],
        "contact_share": round(ledger.contact_samples / max(ledger.samples, 1), 3),
        "samples": ledger.samples,
        "needed_a_hold": len(needing),
        "needed_a_hold_while_moving": sum(entry.moved_on for entry in needing),
        "kinds": kinds_of(entries),
        "groups": {group: sum(e.group == group for e in entries) for group in dict.fromkeys(e.group for e in entries)},
        "recorder_ends": ledger.recorder_ends,
        "counts": dict(sorted(ledger.counts.items())),
        "unsafe_entries": ledger.unsafe,
        "unexplained_entries": [asdict(entry) for entry in ledger.unexplained],
    }


def kinds_of(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    """Of each kind and target how often, and the worst."""
    rows: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        rows.setdefault((entry.group, entry.kind, entry.target), []).append(entry)
    return [
        {
            "group": group,
            "kind": kind,
            "target": target,
            "count": len(group_entries),
            "needed_a_hold": sum(entry.needs_hold for entry in group_entries),
            "max_hold_s": max((e.hold_s for e in group_entries if e.hold_s is not None), default=None),
            "max_force_n": max(entry.peak_force_n for entry in group_entries),
        }
        for (group, kind, target), group_entries in sorted(rows.items())
    ]
