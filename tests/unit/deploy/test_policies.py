"""The policy's form against sros2's rules, restated in RELAX NG; sros2's own schema is used where it is installed."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree
from test_graph import graphs

from touchloop.deploy.graph import Graph, NodeUses, graph_of
from touchloop.deploy.policies import RULES, policy_xml
from touchloop.errors import InputError

FORM = Path(__file__).with_name("policy.rng")


def valid(text: str) -> etree._Element:
    document = etree.fromstring(text.encode())
    etree.RelaxNG(etree.parse(FORM)).assertValid(document)
    return document


@given(graphs.filter(lambda graph: not graph.rivals()))
def test_every_policy_has_the_form_and_allows_what_was_seen_and_what_ros_needs_and_no_more(graph: Graph) -> None:
    document = valid(policy_xml(graph))
    assert [enclave.get("path") for enclave in document.iter("enclave")] == sorted(graph.nodes)
    for enclave in document.iter("enclave"):
        (profile,) = enclave.iter("profile")
        name = f"{profile.get('ns').rstrip('/')}/{profile.get('node')}"
        assert name == enclave.get("path")
        for group, member, rule in RULES:
            allowed = [one.text for one in profile.findall(f"{group}[@{rule}='ALLOW']/{member}")]
            ros = {"publish": {"/rosout", "/parameter_events"}, "subscribe": {"/parameter_events"}}.get(rule, set())
            assert allowed == sorted(getattr(graph.nodes[name], rule) | ros)
    assert not list(document.iterfind(".//*[@publish='DENY']"))


def test_nothing_is_allowed_by_a_pattern() -> None:
    graph = graph_of({"/a": {"publish": ["/x"]}})
    assert "*" not in policy_xml(graph)


def test_a_policy_for_two_commanders_of_an_arm_is_refused() -> None:
    both = NodeUses(publish=frozenset({"/target_pose"}))
    graph = Graph({"/fast_controller": both, "/stranger": both})
    with pytest.raises(InputError, match="/fast_controller and /stranger both publish /target_pose"):
        policy_xml(graph)
    assert "stranger" not in policy_xml(graph, leave_out=("/stranger",))


def test_leaving_out_an_unknown_node_or_all_of_them_is_refused() -> None:
    graph = Graph({"/a": NodeUses()})
    with pytest.raises(InputError, match="/b is not in the graph; there are: /a"):
        policy_xml(graph, leave_out=("/b",))
    with pytest.raises(InputError, match="no node"):
        policy_xml(graph, leave_out=("/a",))


@pytest.mark.skipif(importlib.util.find_spec("sros2") is None, reason="sros2 comes with a ROS distribution only")
def test_sros2_takes_the_policy(tmp_path: Path) -> None:
    policy = importlib.import_module("sros2.policy")
    file = tmp_path / "policy.xml"
    file.write_text(policy_xml(graph_of({"/a": {"publish": ["/x"], "call": ["/run"]}})))
    policy.load_policy(file)
