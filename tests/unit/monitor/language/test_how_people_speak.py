"""What other people say: much is to be understood, nothing wrongly, and what was passed over is told."""

import pytest
from instruction_file import SCENES, read_people

from touchloop.monitor.language.embedded import EmbeddedPlanner

PLANNER = EmbeddedPlanner(embeddings="off")
FACTS = SCENES["round_left"]


def goals(text: str) -> list[str]:
    plan = PLANNER.plan(text, FACTS)
    return [str(goal.condition) for goal in plan.goals] if plan.program else []


def test_instructions_by_another_writer() -> None:
    right, wrong = 0, []
    for entry in read_people():
        plan = PLANNER.plan(entry["text"], SCENES[entry.get("scene", "round_left")])
        if plan.program is not None:
            reached = iter(map(str, plan.program.goals))
            fits = all(goal in reached for goal in entry["goals"])
            right += fits
            wrong += [] if fits else [entry["text"]]
    assert right >= 144
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Make the light go on!", "pressed(switch)"),
        ("the ink has to vanish from the board", "clean(board)"),
        ("at your convenience, press the switch", "pressed(switch)"),
        ("hoist the cargo box", "lifted(box)"),
        ("lift the box, sweetheart", "lifted(box)"),
        ("deploy the wiper to the tray", "at(wiper, tray)"),
        ("ERASE BOARD STOP LIFT BOX STOP", "clean(board) lifted(box)"),
        ("both pegs to the tray, the square one first", "at(square_peg, tray) at(round_peg, tray)"),
        ("box to the tray, later to the shelf; in between, lamp on", "at(box, tray) pressed(switch) at(box, shelf)"),
        ("between wiping the board and lifting the box, press the switch", "clean(board) pressed(switch) lifted(box)"),
        ("lift the box, and only after that light up the lamp", "lifted(box) pressed(switch)"),
        ("give each hole its peg", "inserted(round_peg, left_hole) inserted(square_peg, right_hole)"),
        ("fill the right hole", "inserted(square_peg, right_hole)"),
        ("put the peg for the right hole on the tray", "at(square_peg, tray)"),
        ("a lit lamp, eraser racked", "pressed(switch) at(wiper, rack)"),
    ],
)
def test_ways_of_speaking(text: str, expected: str) -> None:
    assert " ".join(goals(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "turn the lamp off",
        "lights out, then lift the box",
        "turn the lamp on and off",
        "make the lamp red",
        "is the lamp on?",
        "draw a line on the board",
        "rub the ink onto the board",
        "wipe the board, then make me a coffee",
        "wipe the board, then dance",
        "put the wiper, the pen and the box on the tray",
        "put the box on the tray, then on the table",
        "press the emergency button",
        "press the second switch",
        "put the box on the upper shelf",
        "put the red peg on the tray",
        "wipe the circuit board",
        "wipe the board partially",
        "hurl the wiper onto the tray",
        "hammer the round peg into the left hole",
        "hide the round peg in the left hole",
        "aim the round peg at the left hole",
        "look at the box on the shelf",
        "place the box on its side on the tray",
        "the boss would hate to see the box on the tray",
        "we would like tea if the lamp is on, then lift the box",
        "don't put the box on the tray",
        "press the switch until I say stop",
        "light up the box",
    ],
)
def test_what_means_something_else_is_refused(text: str) -> None:
    assert goals(text) == []


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("light the lamp", "'lamp': the lamp is taken for its switch, which is pressed"),
        ("get rid of the ink", "'wipe-ink': to be rid of ink is taken for cleaning the board"),
        ("at your convenience, press the switch", "says nothing to do: 'at your convenience'"),
        ("hoist the cargo box", "'cargo' is ignored"),
        (
            "deploy the box to the tray",
            "'deploy the box to the tray': 'deploy' is not known; the things named allow only to put",
        ),
    ],
)
def test_what_was_passed_over_is_told(text: str, note: str) -> None:
    assert note in PLANNER.plan(text, FACTS).notes
