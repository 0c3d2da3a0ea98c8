"""'Both pegs to the tray, the square one first': puts one goal of a list before the others."""

from touchloop.monitor.language.context import NotUnderstood
from touchloop.monitor.language.plan import Goal


def put_first(name: str, said: list[int], found: dict[int, list[Goal]]) -> None:
    """Change the order of the goals said last.

    Args:
        name: a form, a side, 'wiper' or 'box'.
        said: the indices of clauses as they were said.
        found: their goals; changed in place.

    Raises:
        NotUnderstood: the last goals are no list, or none of them or several are about that.
    """
    slots = [(index, i) for index in dict.fromkeys(said) for i in range(len(found.get(index, [])))]
    group: list[tuple[int, int]] = []
    for slot in reversed(slots):
        goal = found[slot[0]][slot[1]]
        if group and not _alike(goal, found[group[0][0]][group[0][1]]):
            break
        group.insert(0, slot)
    goals = [found[index][i] for index, i in group]
    first = [goal for goal in goals if _about(goal, name)]
    if len(goals) < 2 or len(first) != 1:
        raise NotUnderstood(f"what is the {name} one to come before?")
    for (index, i), goal in zip(group, [*first, *(goal for goal in goals if goal not in first)], strict=True):
        found[index][i] = goal


def _alike(one: Goal, other: Goal) -> bool:
    """Whether two goals are of one list: the same deed, and, for places, the same place."""
    if one.condition.name != other.condition.name or one.condition.name not in ("at", "inserted", "near", "holding"):
        return False
    return one.condition.name != "at" or one.condition.arguments[-1] == other.condition.arguments[-1]


def _about(goal: Goal, name: str) -> bool:
    return any(word == name or word in (f"{name}_peg", f"{name}_hole") for word in goal.condition.arguments)
