from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.deploy.realtime import CHECKS, Machine, apply, look, numbers
from touchloop.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine of four processors where nothing was done."""
    files = {
        "sys/devices/system/cpu/online": "0-3\n",
        "sys/devices/system/cpu/isolated": "\n",
        "proc/version": "Linux version 6.8.0 #1 SMP PREEMPT_DYNAMIC",
        "proc/irq/7/smp_affinity_list": "0-3\n",
        "proc/irq/8/smp_affinity_list": "1\n",
        "proc/sys/net/core/rmem_max": "212992\n",
        "proc/swaps": "Filename Type Size Used Priority\n/swapfile file 1 0 -2\n",
        **{f"sys/devices/system/cpu/cpu{n}/cpufreq/scaling_governor": "powersave\n" for n in range(4)},
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def contents(root: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in root.rglob("*") if path.is_file()}


def test_looking_changes_nothing_and_tells_each_thing_that_is_missing(root: Path) -> None:
    before = contents(root)
    items = look(Machine(root, isolated=(2, 3)))
    assert contents(root) == before
    assert len(items) == len(CHECKS)
    assert not any(item.there for item in items)
    assert all(item.changes or item.advice for item in items)


def test_what_was_applied_is_there_afterwards_and_applying_again_changes_nothing(root: Path) -> None:
    machine = Machine(root, isolated=(2, 3))
    lines = apply(machine, look(machine))
    assert all(line.startswith("wrote /") for line in lines)
    there = {item.name for item in look(machine) if item.there}
    assert there == {"limits", "governor", "interrupts", "receive buffers"}
    assert (root / "proc/irq/7/smp_affinity_list").read_text() == "0,1\n"
    assert (root / "proc/irq/8/smp_affinity_list").read_text() == "1\n"
    assert "isolcpus=managed_irq,domain,2,3" in (root / "etc/default/grub.d/90-touchloop.cfg").read_text()
    assert {line.split("/")[-1] for line in apply(machine, look(machine))} == {"90-touchloop.cfg"}


def test_the_isolation_counts_when_the_kernel_has_it(root: Path) -> None:
    (root / "sys/devices/system/cpu/isolated").write_text("2-3\n")
    items = {item.name: item for item in look(Machine(root, isolated=(2, 3)))}
    assert items["isolation"].there
    items = {item.name: item for item in look(Machine(root))}
    assert items["isolation"].there
    assert not items["interrupts"].there


def test_a_real_time_kernel_and_no_swap_are_there(root: Path) -> None:
    (root / "proc/version").write_text("Linux version 6.8.0-rt #1 SMP PREEMPT_RT")
    (root / "proc/swaps").write_text("Filename Type\n")
    items = {item.name: item for item in look(Machine(root))}
    assert items["kernel"].there
    assert items["swap"].there


def test_a_file_that_cannot_be_written_is_named_and_the_others_are_written(root: Path) -> None:
    refused = root / "proc/irq/7/smp_affinity_list"
    machine = Machine(root, isolated=(2, 3))
    items = look(machine)
    refused.unlink()
    refused.mkdir()
    lines = apply(machine, items)
    assert any(line.startswith("could not write /proc/irq/7") for line in lines)
    assert (root / "proc/sys/net/core/rmem_max").read_text() == "4194304\n"


def test_an_empty_machine_can_be_looked_at(tmp_path: Path) -> None:
    assert len(look(Machine(tmp_path))) == len(CHECKS)


def test_a_processor_that_is_not_there_or_all_of_them_cannot_be_isolated(root: Path) -> None:
    with pytest.raises(InputError, match="processor 9 is not there; there are: 0, 1, 2, 3"):
        Machine(root, isolated=(9,))
    with pytest.raises(InputError, match="leave at least one"):
        Machine(root, isolated=(0, 1, 2, 3))


@given(st.sets(st.integers(0, 200), max_size=20))
def test_lists_of_processors_are_read(wanted: set[int]) -> None:
    assert numbers(",".join(map(str, sorted(wanted)))) == sorted(wanted)


def test_ranges_are_read_and_nonsense_is_refused() -> None:
    assert numbers("0-2,5\n") == [0, 1, 2, 5]
    with pytest.raises(InputError, match="'a-b' is no list of processors"):
        numbers("a-b")
