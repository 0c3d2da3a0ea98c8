import pytest
from hypothesis import given
from program_strategies import programs

from touchloop.errors import InputError
from touchloop.monitor.program import model
from touchloop.monitor.program.parser import load_program, parse
from touchloop.monitor.program.printer import print_program, save_program
from touchloop.monitor.program.validator import validate

TEXT = """\
# made by hand
instruction "wipe the board, then press # the switch"
goal clean(board)

sequence "fetch":
    grasp(arm=left, object=wiper)  # by its handle
    check holding(left, wiper)
retry 2:
    wipe(left, speed_m_s=0.1, force_n=6)
fallback:
    check pressed()
    press(right)
parallel:
    left:
        place(left, wiper, rack)
    right:
        home(right)
checkpoint end
lift()
ask "All well?"
# the end
"""


@given(programs())
def test_a_printed_program_reads_as_the_same(program: model.Program) -> None:
    validate(program)
    if program.goals or program.instruction or not program.body[0].comments:
        assert parse(print_program(program)) == program
    assert parse(print_program(program)) == program


def test_what_a_hand_writes() -> None:
    program = parse(TEXT)
    validate(program)
    assert program.goals == (model.Condition("clean", ("board",)),)
    assert program.instruction == "wipe the board, then press # the switch"
    assert [str(step.skill) for step in program.steps()] == [
        "grasp(left, wiper)",
        "wipe(left, board, speed_m_s=0.1, force_n=6)",
        "press(right, switch)",
        "place(left, wiper, rack)",
        "home(right)",
        "lift(box)",
    ]
    assert program.steps()[0].skill.line == 6
    assert program.steps()[0].skill.comments == ("by its handle",)
    assert program.comments == ("the end",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("graps(left, wiper)", "line 1: there is no skill 'graps'; did you mean 'grasp'? valid: grasp, home"),
        (
            "\ngrasp(left, wipper)",
            "line 2: grasp: object cannot be 'wipper'; did you mean 'wiper'? valid: box",
        ),
        ("grasp(left)", "line 1: grasp needs (arm, object); object is missing"),
        ("grasp(left, wiper, rack)", "line 1: grasp takes (arm, object); 'rack' is too much"),
        ("grasp(left, arm=right)", "line 1: grasp: arm is given twice"),
        ("grasp(left, wiper, sped_m_s=1)", "line 1: grasp has no argument 'sped_m_s'; did you mean 'speed_m_s'?"),
        ("wipe(left, force_n=90)", "line 1: wipe: force_n is 90.0; it must be above 0 and at most 20.0"),
        ("wipe(left, force_n=nan)", "line 1: wipe: force_n is nan; it must be above 0"),
        ("wipe(left, force_n=much)", "line 1: wipe: force_n is 'much'; a number is expected"),
        ("place(left, round_peg, shelf)", "line 1: place: round_peg does not go to shelf; valid: rack, tray"),
        ("holding(left, wiper)", "line 1: holding is a condition; write 'check holding(left, wiper)'"),
        ("check hold(left, wiper)", "line 1: there is no condition 'hold'; did you mean 'holding'?"),
        ("check clean(board, force_n=3)", "line 1: clean has no argument 'force_n'; valid: object"),
        ("retry:\n    lift()", "line 1: retry ''"),
        ("retry 0:\n    lift()", "line 1: retry '0': a whole number from 1"),
        ("sequence:\nlift()", "line 1: 'sequence:' has no body"),
        ("sequence:\n        lift()", "line 2: indented by more than one level"),
        ("lift()\n    lift()", "line 2: indented deeper"),
        ("  lift()", "line 1: indented by 2 spaces"),
        ("\tlift()", "line 1: a tab"),
        ("fallbak:\n    lift()", "line 1: 'fallbak' has no body; did you mean 'fallback'?"),
        ("left:\n    home(left)", "line 1: 'left:' is a branch"),
        ("parallel:\n    middle:\n        home(left)", "line 2: 'middle:' inside 'parallel:'; valid: left:, right:"),
        ("chekpoint a", "line 1: 'chekpoint a' is not a step; did you mean 'checkpoint'?"),
        ("checkpoint two words", "line 1: checkpoint 'two words'"),
        ("ask Really?", "line 1: 'Really?': a text in double quotes"),
        ("lift()\ngoal lifted(box)", "line 2: 'goal' must stand before"),
        ('instruction "a"\ninstruction "b"', "line 2: a second instruction"),
        ("sequence:\n" + "".join("    " * d + "sequence:\n" for d in range(1, 40)), "nested more than 12 deep"),
        ("# " + "x" * 200_000, "at most 100000 are read"),
        ("import os; os.system('ls')", "line 1: \"import os; os.system('ls')\": a name with arguments"),
    ],
)
def test_an_error_names_the_line_and_what_is_valid(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the program has no steps"),
        ("lift()\n" * 201, "the program has 201 nodes; at most 200"),
        ("checkpoint a\ncheckpoint a", "line 1: checkpoint 'a' is there 2 times"),
        ("retry 6:\n    retry 2:\n        lift()", "line 2: steps would be tried 12 times"),
        ("parallel:\n    left:\n        home(right)", "line 3: home(right) moves right; in this branch only left"),
        ("parallel:\n    left:\n        lift()", "line 3: lift(box) moves left and right"),
        ("parallel:\n    left:\n        place(left, box, shelf)", "moves left and right"),
        ("parallel:\n    left:\n        home(left)\n    left:\n        home(left)", "line 1: branches 'left', 'left'"),
        (
            "parallel:\n    left:\n        parallel:\n            left:\n                home(left)",
            "line 3: a parallel inside a parallel",
        ),
    ],
)
def test_what_must_not_run_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(parse(text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (model.Program((model.Skill("fly", ()),)), "skill 'fly' is not on the list"),
        (model.Program((model.Skill("grasp", ("left",)),)), "grasp takes (arm, object); 1 arguments"),
        (model.Program((model.Skill("press", ("left", "switch"), 9.0),)), "speed_m_s is 9.0"),
        (model.Program((model.Skill("press", ("left", "switch"), float("nan")),)), "speed_m_s is nan"),
        (model.Program((model.Sequence(),)), "a group without a body"),
        (model.Program((model.Branch((model.Skill("lift", ("box",)),), arm="left"),)), "must stand inside"),
        (model.Program((model.Check(model.Condition("rich")),)), "there is no condition 'rich'"),
        (model.Program((model.Skill("lift", ("box",), comments=("a\nlift(box)",)),)), "one line"),
    ],
)
def test_programs_that_were_not_parsed_are_checked_as_well(program: model.Program, message: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(program)
    assert message in str(caught.value)


def test_an_allow_list() -> None:
    program = parse("lift()\npress(left)")
    validate(program, allowed=frozenset({"lift", "press"}))
    with pytest.raises(InputError, match="line 2: skill 'press' is not on the list; valid: lift"):
        validate(program, allowed=frozenset({"lift"}))


def test_a_file_keeps_the_program(tmp_path) -> None:
    file = tmp_path / "run" / "program.txt"
    save_program(parse(TEXT), file)
    assert load_program(file) == parse(TEXT)
    file.write_text("fly()")
    with pytest.raises(InputError, match=r"program.txt: line 1: there is no skill 'fly'"):
        load_program(file)
    with pytest.raises(InputError, match="cannot be read"):
        load_program(tmp_path / "none")
