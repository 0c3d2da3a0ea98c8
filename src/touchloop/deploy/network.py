"""Binds ROS 2 traffic to named interfaces: the middleware's profile and the environment that goes with it."""

import ipaddress
import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from touchloop.deploy.sockets import addresses_of
from touchloop.errors import InputError

NAMESPACE = "http://www.eprosima.com"
PROFILE = Path(__file__).resolve().parents[3] / "config/fastdds.xml"
SERVER_PORT = 11811
ROUTER_PORT = 7447
Discovery = Literal["peers", "server", "zenoh"]


@dataclass(frozen=True, slots=True)
class Network:
    """How this host talks to others.

    Raises:
        InputError: no interface, a discovery that lacks its addresses, or an address that is none.
    """

    interfaces: tuple[str, ...]
    """Names of interfaces beside loopback, as ``eth0``."""
    peers: tuple[str, ...] = ()
    """IPv4 addresses of the other hosts."""
    discovery: Discovery = "peers"
    """How hosts find each other: by the peers' addresses, a Fast DDS discovery server, or a Zenoh router on each."""
    server: str = ""
    """IPv4 address and port of the discovery server."""
    domain: int = 0
    """ROS_DOMAIN_ID, the same on all hosts."""

    def __post_init__(self) -> None:
        if not self.interfaces or not all(self.interfaces):
            raise InputError("name at least one interface, as eth0; loopback is always used beside it")
        if not 0 <= self.domain <= 101:
            raise InputError(f"domain {self.domain}: it must be from 0 to 101, so that its ports are free on Linux")
        for peer in self.peers:
            _checked(peer, "peer")
        if self.discovery != "server" and not self.peers:
            raise InputError(f"discovery by {self.discovery} needs the address of each other host: --peer 10.0.0.2")
        if self.discovery == "server":
            self.endpoint()
        elif self.server:
            raise InputError(f"a server ({self.server}) is for --discovery server, not for {self.discovery}")

    def endpoint(self) -> tuple[str, int]:
        """Address and port of the discovery server.

        Raises:
            InputError: it is not an IPv4 address, or one with a port.
        """
        address, colon, port = self.server.partition(":")
        if colon and not (port.isdigit() and 0 < int(port) < 65536):
            raise InputError(f"server {self.server!r}: the port must be a number from 1 to 65535")
        return _checked(address, "server"), int(port) if colon else SERVER_PORT

    def environment(self, folder: Path) -> dict[str, str]:
        """Variables for all ROS processes of this host; ``folder`` is where the files of :meth:`files` are."""
        folder = folder.absolute()
        variables = {"ROS_DOMAIN_ID": str(self.domain), "TOUCHLOOP_INTERFACES": " ".join(self.interfaces)}
        if self.discovery == "zenoh":
            # By default its sessions listen on loopback and talk to the router there.
            return variables | {"RMW_IMPLEMENTATION": "rmw_zenoh_cpp"}
        variables |= {
            "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
            # The profile says all; LOCALHOST and SUBNET would add transports or peers to it.
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT",
            "FASTDDS_DEFAULT_PROFILES_FILE": str(folder / "fastdds.xml"),
        }
        if self.discovery == "server":
            address, port = self.endpoint()
            # A super client hears of every topic: the recorder and the checks of owners need that.
            variables |= {"ROS_DISCOVERY_SERVER": f"{address}:{port}", "ROS_SUPER_CLIENT": "TRUE"}
        return variables

    def files(self) -> dict[str, str]:
        """Name and content of each file that the environment names."""
        if self.discovery == "zenoh":
            return {"zenoh_router.env": f"ZENOH_CONFIG_OVERRIDE='{zenoh_router(self.interfaces, self.peers)}'\n"}
        return {"fastdds.xml": fastdds_profile(self.interfaces, self.peers)}

    def write(self, folder: Path) -> list[Path]:
        """Write the files and ``network.env``, which systemd, compose and a shell read; return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f'{name}="{value}"' for name, value in self.environment(folder).items()]
        texts = {**self.files(), "network.env": "\n".join(lines) + "\n"}
        for name, text in texts.items():
            (folder / name).write_text(text)
        return [folder / name for name in texts]


def fastdds_profile(interfaces: tuple[str, ...], peers: tuple[str, ...]) -> str:
    """Return ``config/fastdds.xml`` with the interfaces added to its list and the peers to those that are asked.

    Multicast stays off, so only named hosts find this one by themselves.
    """
    ET.register_namespace("", NAMESPACE)
    tree = ET.parse(PROFILE)
    allowed = _only(tree, "interfaceWhiteList")
    for name in interfaces:
        ET.SubElement(allowed, f"{{{NAMESPACE}}}interface").text = name
    asked = _only(tree, "initialPeersList")
    for peer in peers:
        locator = ET.SubElement(asked, f"{{{NAMESPACE}}}locator")
        udp = ET.SubElement(locator, f"{{{NAMESPACE}}}udpv4")
        ET.SubElement(udp, f"{{{NAMESPACE}}}address").text = peer
    ET.indent(tree)
    body = ET.tostring(tree.getroot(), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- Made by touchloop deploy network. -->\n{body}\n'


def zenoh_router(interfaces: tuple[str, ...], peers: tuple[str, ...]) -> str:
    """Return what this host's Zenoh router (``rmw_zenohd``) is told: ``ZENOH_CONFIG_OVERRIDE``.

    It listens on loopback and at the interfaces' addresses of now, connects to the peers' routers, and looks for no
    others.

    Raises:
        InputError: an interface is not there.
    """
    own = [text for name in interfaces for text in addresses_of(name) if ":" not in text]
    listen = json.dumps([f"tcp/{address}:{ROUTER_PORT}" for address in ("127.0.0.1", *own)])
    connect = json.dumps([f"tcp/{address}:{ROUTER_PORT}" for address in peers])
    return f"listen/endpoints={listen};connect/endpoints={connect};scouting/multicast/enabled=false"


def _only(tree: "ET.ElementTree[ET.Element]", name: str) -> ET.Element:
    found = list(tree.iter(f"{{{NAMESPACE}}}{name}"))
    if len(found) != 1:
        raise InputError(f"{PROFILE} has {len(found)} elements {name}; expected one")
    return found[0]


def _checked(address: str, what: str) -> str:
    try:
        return str(ipaddress.IPv4Address(address))
    except ValueError as error:
        raise InputError(f"{what} {address!r} is not an IPv4 address, as 10.0.0.2") from error
