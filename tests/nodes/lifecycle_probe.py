"""A small managed node that does what its parameters say."""

import threading

from touchloop.errors import InputError
from touchloop_nodes.diagnostics import WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node


class Probe(ManagedNode):
    def __init__(self) -> None:
        super().__init__("probe")
        declare = self.parameters.declare
        declare("rate_hz", 250.0, "A bounded number.", minimum=1.0, maximum=1000.0)
        declare("count", 3, "A bounded whole number.", minimum=0)
        declare("mode", "a", "A choice that can change at any time.", choices=("a", "b"), live=True)
        declare("even", 2, "A checked number.", check=_must_be_even, live=True)
        declare("weights", [1.0, 2.0], "A list.")
        declare("fail", "", "Where to fail.", choices=("", "input", "bug", "activate", "hang", "callback"))
        declare("cleanup_s", 0.0, "How long cleaning up takes.", minimum=0.0)
        declare("configure_s", 0.0, "How long configuring takes.", minimum=0.0)

    def on_configure_checked(self) -> None:
        threading.Event().wait(self.parameters["configure_s"])
        if self.parameters["fail"] == "input":
            raise InputError("the weights are damaged")
        if self.parameters["fail"] == "bug":
            raise KeyError("surprise")
        print("configured", self.parameters["rate_hz"], self.parameters["weights"])

    def on_activate_checked(self) -> None:
        if self.parameters["fail"] == "activate":
            raise InputError("no power")
        if self.parameters["fail"] == "hang":
            self.create_timer(0.1, lambda: threading.Event().wait(60.0))
        if self.parameters["fail"] == "callback":
            self.create_timer(0.1, lambda: 1 // 0)
        print("activated")

    def on_deactivate_checked(self) -> None:
        print("deactivated")

    def on_cleanup_checked(self) -> None:
        threading.Event().wait(self.parameters["cleanup_s"])
        print("cleaned up")

    def diagnose(self) -> Diagnosis:
        return Diagnosis(WARN, "probing", {"rate_hz": self.parameters["rate_hz"], "lateness_s": 1.23456789e-5})


def _must_be_even(value: int) -> None:
    if value % 2:
        raise InputError(f"even is {value}; it must be even")


def main() -> None:
    run_node(Probe)


if __name__ == "__main__":
    main()
