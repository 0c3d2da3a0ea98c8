"""What makes a machine keep time: looked at, and changed on demand. Everything works without, with more lateness."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from touchloop.errors import InputError

PRIORITY = 20
"""The highest real-time priority that a node asks for: the safety supervisor's."""
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Room for the fragments of several pictures, which come at once."""
GROUP = "realtime"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that helps."""

    name: str
    there: bool
    found: str
    """What is there."""
    changes: tuple[tuple[str, str], ...] = ()
    """Files that ``--apply`` writes, below the root, and their texts."""
    advice: str = ""
    """What a person must do."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's files, below ``root``, and how its processors are to be shared.

    Raises:
        InputError: an isolated processor is not there, or none is left for the rest.
    """

    root: Path = Path("/")
    isolated: tuple[int, ...] = ()
    """Processors for the fast nodes alone."""

    def __post_init__(self) -> None:
        there = self.processors()
        if strange := [number for number in self.isolated if number not in there]:
            raise InputError(f"processor {strange[0]} is not there; there are: {', '.join(map(str, there))}")
        if self.isolated and not self.others():
            raise InputError("all processors are to be isolated; leave at least one for everything else")

    def processors(self) -> list[int]:
        """Numbers of the processors that are on."""
        return numbers(self.text("sys/devices/system/cpu/online")) or list(range(os.cpu_count() or 1))

    def others(self) -> list[int]:
        """The processors that are not to be isolated."""
        return [number for number in self.processors() if number not in self.isolated]

    def text(self, path: str) -> str:
        """Content of a file; empty if it is not there or cannot be read."""
        try:
            return (self.root / path).read_text().strip()
        except OSError:
            return ""

    def found(self, pattern: str) -> list[Path]:
        """Files below the root, sorted."""
        return sorted(self.root.glob(pattern))

    def relative(self, path: Path) -> str:
        """A file's path below the root."""
        return str(path.relative_to(self.root))


def numbers(text: str) -> list[int]:
    """Return the numbers of a kernel list, as ``0-2,5``; empty for an empty one.

    Raises:
        InputError: it is no such list.
    """
    found: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise InputError(f"{text!r} is no list of processors, as 0-2,5")
        found += range(int(first), int(last or first) + 1)
    return found


def check_kernel(machine: Machine) -> Item:
    """Whether the kernel can be interrupted nearly everywhere."""
    version = machine.text("proc/version")
    if machine.text("sys/kernel/realtime") == "1" or "PREEMPT_RT" in version:
        return Item("kernel", True, "PREEMPT_RT")
    kind = next((word for word in ("PREEMPT_DYNAMIC", "PREEMPT") if word in version), "no preemption")
    return Item("kernel", False, kind, advice="install a kernel with PREEMPT_RT; without, ticks are late more often")


def check_limits(machine: Machine) -> Item:
    """Whether members of a group may take real-time priority and lock memory."""
    path = "etc/security/limits.d/90-touchloop.conf"
    wanted = f"@{GROUP} - rtprio {PRIORITY + 10}\n@{GROUP} - memlock unlimited\n"
    return Item(
        "limits",
        machine.text(path) == wanted.strip(),
        f"/{path} " + ("is there" if machine.text(path) else "is missing"),
        ((path, wanted),),
        f"add users to the group: groupadd -f {GROUP}; usermod -aG {GROUP} NAME; then log in again",
    )


def check_governor(machine: Machine) -> Item:
    """Whether the processors keep their frequency."""
    files = machine.found("sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
    if not files:
        return Item("governor", True, "no frequency control here")
    slow = [file for file in files if file.read_text().strip() != "performance"]
    kinds = ", ".join(sorted({file.read_text().strip() for file in files}))
    return Item("governor", not slow, kinds, tuple((machine.relative(file), "performance\n") for file in slow))


def check_isolation(machine: Machine) -> Item:
    """Whether processors are kept free for the fast nodes."""
    there = numbers(machine.text("sys/devices/system/cpu/isolated"))
    wanted = list(machine.isolated)
    found = f"isolated: {', '.join(map(str, there)) or 'none'}"
    if not wanted:
        return Item("isolation", bool(there), found, advice="choose processors: --isolate 2 3; useful from four on")
    text = ",".join(map(str, wanted))
    line = f"isolcpus=managed_irq,domain,{text} nohz_full={text} rcu_nocbs={text}"
    path = "etc/default/grub.d/90-touchloop.cfg"
    content = f'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {line}"\n'
    return Item(
        "isolation",
        set(wanted) <= set(there),
        found,
        ((path, content),),
        "then `update-grub` and start the machine anew",
    )


def check_interrupts(machine: Machine) -> Item:
    """Whether devices interrupt only the processors that are not isolated."""
    isolated = set(machine.isolated) or set(numbers(machine.text("sys/devices/system/cpu/isolated")))
    if not isolated:
        return Item("interrupts", True, "no processor is isolated")
    others = ",".join(str(number) for number in machine.processors() if number not in isolated)
    files = machine.found("proc/irq/*/smp_affinity_list")
    wrong = [file for file in files if isolated & set(numbers(file.read_text()))]
    changes = tuple((machine.relative(file), f"{others}\n") for file in wrong)
    return Item("interrupts", not wrong, f"{len(wrong)} of {len(files)} may hit an isolated processor", changes)


def check_buffers(machine: Machine) -> Item:
    """Whether pictures from another host fit the socket's buffer."""
    size = int(machine.text("proc/sys/net/core/rmem_max") or 0)
    value = f"{RECEIVE_BUFFER}\n"
    changes = (("proc/sys/net/core/rmem_max", value), ("etc/sysctl.d/90-touchloop.conf", f"net.core.rmem_max={value}"))
    return Item("receive buffers", size >= RECEIVE_BUFFER, f"at most {size} bytes", changes)


def check_swap(machine: Machine) -> Item:
    """Whether memory can be swapped out; the fast nodes lock theirs where they may."""
    areas = [line.split()[0] for line in machine.text("proc/swaps").splitlines()[1:]]
    advice = "swapoff -a, or grant memory locking (limits)"
    return Item("swap", not areas, ", ".join(areas) or "none", advice=advice if areas else "")


CHECKS: tuple[Callable[[Machine], Item], ...] = (
    check_kernel,
    check_limits,
    check_governor,
    check_isolation,
    check_interrupts,
    check_buffers,
    check_swap,
)


def look(machine: Machine) -> list[Item]:
    """Look at everything; nothing is changed."""
    return [check(machine) for check in CHECKS]


def apply(machine: Machine, items: list[Item]) -> list[str]:
    """Write what is missing; return a line for each file, with the reason where one could not be written."""
    lines = []
    for path, text in (change for item in items if not item.there for change in item.changes):
        file = machine.root / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            lines.append(f"wrote /{path}")
        except OSError as error:
            # The kernel refuses for some interrupts.
            lines.append(f"could not write /{path}: {error.strerror}")
    return lines
