import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.deploy.graph import KINDS, Graph, NodeUses, graph_of, read_graph
from touchloop.errors import InputError

names = st.from_regex(r"(/[a-z]{1,3}){1,2}", fullmatch=True)
uses = st.builds(NodeUses, **{kind: st.frozensets(names, max_size=3) for kind in KINDS})
graphs = st.dictionaries(names, uses, min_size=1, max_size=4).map(Graph)


@given(graphs)
def test_what_is_written_is_read_back(graph: Graph) -> None:
    assert graph_of(json.loads(graph.to_json())) == graph


@given(graphs, graphs)
def test_a_merged_graph_has_what_either_had(first: Graph, second: Graph) -> None:
    merged = first.merged(second)
    assert merged == second.merged(first)
    assert merged.merged(first) == merged
    assert set(merged.nodes) == set(first.nodes) | set(second.nodes)
    assert all(one.publish <= merged.nodes[name].publish for name, one in first.nodes.items())


def test_an_action_takes_the_place_of_its_topics_and_services() -> None:
    server = {"publish": ["/run/_action/feedback", "/x"], "reply": ["/run/_action/send_goal"]}
    client = {"subscribe": ["/run/_action/feedback"], "request": ["/run/_action/send_goal"]}
    graph = graph_of({"/server": server, "/client": client})
    assert graph.nodes["/server"] == NodeUses(publish=frozenset({"/x"}), execute=frozenset({"/run"}))
    assert graph.nodes["/client"] == NodeUses(call=frozenset({"/run"}))


def test_two_publishers_of_a_command_are_rivals_and_those_of_other_topics_are_not() -> None:
    both = {"publish": ["/left/safe/target_pose", "/rosout"]}
    assert graph_of({"/a": both, "/b": both}).rivals() == {"/left/safe/target_pose": ["/a", "/b"]}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "none is there"),
        ([], "none is there"),
        ({"controller": {}}, "'controller': expected a full name"),
        ({"/a": {"send": []}}, "'send' is unknown; valid: publish"),
        ({"/a": 3}, "3 is unknown"),
        ({"/a": {"publish": ["x"]}}, "'x' is no full name"),
    ],
)
def test_another_form_is_refused_with_its_place(rows: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        graph_of(rows)


def test_a_file_that_is_no_graph_is_named(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    with pytest.raises(InputError, match=r"cannot read the graph .*graph\.json"):
        read_graph(file)
    file.write_text("{")
    with pytest.raises(InputError, match=r"cannot read the graph .*graph\.json"):
        read_graph(file)
