"""Starts and stops the processes of the bag tests on a ROS domain of their own."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from touchloop.launching.environment import ros_environment

BAG_COMMAND = "import sys, tyro\nfrom touchloop.cli.bag import Bag\nsys.exit(tyro.cli(Bag).run())"
PEER = Path(__file__).with_name("bag_peer.py")


def wait_for(condition, timeout_s=30.0, what="it"):
    """Polls until a condition holds; gives its value."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {timeout_s} s in vain for {what}"
        pause.wait(0.02)
    return value


class Processes:
    """Children that all end with the test."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**ros_environment(), "ROS_DOMAIN_ID": str(random.SystemRandom().randrange(1, 230))}
        self.environment |= {"OMP_NUM_THREADS": "1"}
        self.children = []

    def start(self, *command, stdin=None):
        log = self.folder / f"log_{len(self.children)}.txt"
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, *map(str, command)],
                env=self.environment,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        child.log = log
        self.children.append(child)
        return child

    def bag(self, *words):
        return self.start("-c", BAG_COMMAND, *words)

    def record(self, output, *words):
        """Starts a recorder and waits until its bag is there."""
        recorder = self.bag("record", "--output", output, *words)
        wait_for(lambda: (output / f"{output.name}.mcap").exists() or recorder.poll() is not None, what="the bag")
        assert recorder.poll() is None, recorder.log.read_text()
        return recorder

    def peer(self, role, stdin=None, **options):
        child = self.start(PEER, role, json.dumps(options), stdin=stdin)
        wait_for(lambda: "ready" in child.log.read_text() or child.poll() is not None, what=role)
        assert child.poll() is None, child.log.read_text()
        return child

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait(10)
            if child.stdin:
                child.stdin.close()


def end(child, number=signal.SIGINT, code=0):
    """Sends a signal and waits for the expected exit code."""
    os.kill(child.pid, number)
    assert child.wait(20) == code, child.log.read_text()


def recorded(bag):
    """Size of a bag's file so far."""
    return (bag / f"{bag.name}.mcap").stat().st_size
