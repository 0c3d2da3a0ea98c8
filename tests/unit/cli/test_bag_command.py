"""The verbs of `touchloop bag` that need no ROS."""

import json
import sys
from pathlib import Path

import pytest
import tyro

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from bag_samples import write_wrenches

from touchloop.cli.bag import Bag
from touchloop.errors import InputError


def run(*words):
    return tyro.cli(Bag, args=[str(word) for word in words]).run()


def test_info_recovers_a_bag_that_was_never_closed(tmp_path, capsys):
    write_wrenches(tmp_path / "bag", 100, close=False).abort()
    assert run("info", tmp_path / "bag", "--json") == 0
    output = capsys.readouterr()
    assert "recovered 101 messages" in output.err
    summary = json.loads(output.out)
    assert [(topic["name"], topic["messages"]) for topic in summary["topics"]] == [
        ("/robot_description", 1),
        ("/wrench", 100),
    ]
    assert run("info", tmp_path / "bag") == 0
    output = capsys.readouterr()
    assert not output.err
    assert "geometry_msgs/msg/WrenchStamped" in output.out
    assert "reliable, latched" in output.out


def test_recover_repairs_and_says_so(tmp_path, capsys):
    write_wrenches(tmp_path / "bag", 100, close=False).abort()
    assert run("recover", tmp_path / "bag") == 0
    assert "recovered 101 messages" in capsys.readouterr().out
    assert run("recover", tmp_path / "bag") == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["info", "recover"])
def test_damage_behind_intact_metadata_is_repaired_too(verb, tmp_path, capsys):
    write_wrenches(tmp_path / "bag", 100)
    file = tmp_path / "bag/bag.mcap"
    data = bytearray(file.read_bytes())
    # In the first chunk, which defines the topics; the index at the end defines them again.
    data[100] ^= 0xFF
    file.write_bytes(data)
    assert run(verb, tmp_path / "bag") == 0
    output = capsys.readouterr()
    assert "recovered 50 messages, 1 damaged pieces left out" in output.out + output.err
    assert run("recover", tmp_path / "bag") == 0
    assert "nothing to do" in capsys.readouterr().out


def test_compare_tells_by_its_exit_code(tmp_path, capsys):
    write_wrenches(tmp_path / "a", 50)
    write_wrenches(tmp_path / "b", 50, changed=20)
    assert run("compare", tmp_path / "a", tmp_path / "a") == 0
    assert "2 of 2 topics are the same" in capsys.readouterr().out
    assert run("compare", tmp_path / "a", tmp_path / "b") == 1
    assert "differs from message 20 on" in capsys.readouterr().out
    assert run("compare", tmp_path / "a", tmp_path / "b", "--exclude", "wrench") == 0
    assert run("compare", tmp_path / "a", tmp_path / "b", "--topics", "wrench", "--json") == 1


def test_bad_input_is_refused(tmp_path):
    write_wrenches(tmp_path / "a", 50)
    for words, reason in (
        (("info", tmp_path / "none"), "there is no bag"),
        (("recover", tmp_path / "none"), "there is no bag folder"),
        (("play", tmp_path / "none"), "there is no bag"),
        (("play", tmp_path / "a", "--remap", "x"), "expected FROM:=TO"),
        (("record", "--output", tmp_path / "a"), "exists already"),
        (("compare", tmp_path / "a", tmp_path / "a", "--topics", "/x"), "no topic is left"),
    ):
        with pytest.raises(InputError, match=reason):
            run(*words)
    write_wrenches(tmp_path / "open", 5, close=False).abort()
    with pytest.raises(InputError, match="touchloop bag recover"):
        run("play", tmp_path / "open")
