import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.deploy.network import NAMESPACE, PROFILE, Network, fastdds_profile, zenoh_router
from touchloop.errors import InputError

addresses = st.ip_addresses(v=4).map(str)


def texts(root: ET.Element, path: str) -> list[str | None]:
    return [element.text for element in root.findall(path, {"": NAMESPACE})]


@given(
    interfaces=st.lists(st.from_regex(r"[a-z]{2,4}[0-9]", fullmatch=True), min_size=1, max_size=3, unique=True),
    peers=st.lists(addresses, min_size=1, max_size=4, unique=True),
)
def test_the_profile_has_the_interfaces_and_peers_and_loopback_and_nothing_else_new(
    interfaces: list[str], peers: list[str]
) -> None:
    root = ET.fromstring(fastdds_profile(tuple(interfaces), tuple(peers)))
    assert texts(root, ".//interfaceWhiteList/interface") == interfaces
    assert texts(root, ".//interfaceWhiteList/address") == ["127.0.0.1"]
    assert texts(root, ".//initialPeersList//address") == ["127.0.0.1", *peers]
    plain = ET.parse(PROFILE).getroot()
    assert len(list(root.iter())) == len(list(plain.iter())) + len(interfaces) + 3 * len(peers)
    assert texts(root, ".//useBuiltinTransports") == ["false"]
    assert root.findall(".//metatrafficMulticastLocatorList", {"": NAMESPACE}) == []


def test_the_default_profile_names_loopback_only() -> None:
    root = ET.parse(PROFILE).getroot()
    assert texts(root, ".//interfaceWhiteList/address") == ["127.0.0.1"]
    assert texts(root, ".//interfaceWhiteList/interface") == []
    transports = root.findall(".//transport_descriptor", {"": NAMESPACE})
    udp = [one for one in transports if texts(one, "type") == ["UDPv4"]]
    assert all(texts(one, "interfaceWhiteList/address") for one in udp)


def test_the_files_are_where_the_environment_says_and_a_shell_reads_them(tmp_path: Path) -> None:
    network = Network(("eth0",), ("10.0.0.2",), domain=7)
    paths = network.write(tmp_path / "new")
    assert {path.name for path in paths} == {"fastdds.xml", "network.env"}
    lines = (tmp_path / "new/network.env").read_text().splitlines()
    variables = dict(shlex.split(line)[0].split("=", 1) for line in lines)
    assert variables == network.environment(tmp_path / "new")
    assert Path(variables["FASTDDS_DEFAULT_PROFILES_FILE"]).is_file()
    assert variables["ROS_DOMAIN_ID"] == "7"
    assert variables["TOUCHLOOP_INTERFACES"] == "eth0"


def test_a_discovery_server_is_named_and_needs_no_peers(tmp_path: Path) -> None:
    variables = Network(("eth0",), discovery="server", server="10.0.0.1").environment(tmp_path)
    assert variables["ROS_DISCOVERY_SERVER"] == "10.0.0.1:11811"
    assert variables["ROS_SUPER_CLIENT"] == "TRUE"
    assert Network(("eth0",), discovery="server", server="10.0.0.1:9").endpoint() == ("10.0.0.1", 9)


def test_a_zenoh_router_listens_at_the_interface_and_on_loopback_and_seeks_nobody(tmp_path: Path) -> None:
    told = zenoh_router(("lo",), ("10.0.0.2",))
    assert re.fullmatch(
        r'listen/endpoints=\["tcp/127.0.0.1:7447", .*\];connect/endpoints=\["tcp/10.0.0.2:7447"\];'
        r"scouting/multicast/enabled=false",
        told,
    )
    network = Network(("lo",), ("10.0.0.2",), discovery="zenoh")
    assert network.environment(tmp_path)["RMW_IMPLEMENTATION"] == "rmw_zenoh_cpp"
    assert {path.name for path in network.write(tmp_path)} == {"zenoh_router.env", "network.env"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"interfaces": ()}, "name at least one interface"),
        ({"interfaces": ("",), "peers": ("10.0.0.2",)}, "name at least one interface"),
        ({"interfaces": ("eth0",)}, "needs the address of each other host"),
        ({"interfaces": ("eth0",), "peers": ("robot",)}, "peer 'robot' is not an IPv4 address"),
        ({"interfaces": ("eth0",), "discovery": "server"}, "server '' is not an IPv4 address"),
        ({"interfaces": ("eth0",), "discovery": "server", "server": "10.0.0.1:x"}, "the port must be a number"),
        ({"interfaces": ("eth0",), "discovery": "server", "server": "10.0.0.1:0"}, "the port must be a number"),
        ({"interfaces": ("eth0",), "peers": ("10.0.0.2",), "server": "10.0.0.1"}, "is for --discovery server"),
        ({"interfaces": ("eth0",), "peers": ("10.0.0.2",), "domain": 200}, "domain 200"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(wrong: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Network(**wrong)
