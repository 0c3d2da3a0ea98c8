"""SROS 2 policies: what each node may do, from the recorded graph.

The form is that of sros2's ``policy.xsd``, version 0.2.0; ``ros2 security create_permission`` reads it.
"""

import xml.etree.ElementTree as ET

from touchloop.deploy.graph import Graph, NodeUses
from touchloop.errors import InputError

VERSION = "0.2.0"
EVERY_NODE = NodeUses(
    publish=frozenset({"/rosout", "/parameter_events"}),
    subscribe=frozenset({"/parameter_events"}),
)
"""What ROS itself does in each node."""
RULES = (
    ("topics", "topic", "publish"),
    ("topics", "topic", "subscribe"),
    ("services", "service", "reply"),
    ("services", "service", "request"),
    ("actions", "action", "execute"),
    ("actions", "action", "call"),
)
"""Element of the list, of its members, and the attribute that says what is allowed."""


def policy_xml(graph: Graph, leave_out: tuple[str, ...] = ()) -> str:
    """Return the policy: each node has an enclave of its own, named as the node, and may do what it was seen to do.

    Args:
        graph: recorded while everything ran.
        leave_out: full names of nodes that are not part of the system, as those of a person who looked on.

    Raises:
        InputError: no node is left, one to be left out is not there, or a command topic has two publishers, since a
            policy made then would allow both.
    """
    if strange := sorted(set(leave_out) - set(graph.nodes)):
        raise InputError(f"node {strange[0]} is not in the graph; there are: {', '.join(sorted(graph.nodes))}")
    kept = Graph({name: uses for name, uses in sorted(graph.nodes.items()) if name not in leave_out})
    if not kept.nodes:
        raise InputError("the graph has no node, so there is nothing to allow")
    for topic, names in kept.rivals().items():
        raise InputError(f"{' and '.join(names)} both publish {topic}; only one node may command the arm")
    root = ET.Element("policy", version=VERSION)
    enclaves = ET.SubElement(root, "enclaves")
    for name, uses in kept.nodes.items():
        enclave = ET.SubElement(enclaves, "enclave", path=name)
        above, _, own = name.rpartition("/")
        profile = ET.SubElement(ET.SubElement(enclave, "profiles"), "profile", ns=above or "/", node=own)
        for group, member, rule in RULES:
            names = sorted(getattr(uses.merged(EVERY_NODE), rule))
            if names:
                rules = ET.SubElement(profile, group, {rule: "ALLOW"})
                for one in names:
                    ET.SubElement(rules, member).text = one
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
