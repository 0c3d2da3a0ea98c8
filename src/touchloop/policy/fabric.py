"""Several processes that train one policy: Lightning Fabric, on GPUs where there are some, on processor cores else."""

import os
from typing import TYPE_CHECKING

from touchloop.errors import InputError

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def make_fabric(devices: int, hosts: int) -> "Fabric | None":
    """Joins the other processes of a run; None when this one works alone.

    Under ``torchrun`` the numbers come from it. Otherwise Fabric starts the other processes of this host itself.

    Args:
        devices: GPUs or processes on each host.
        hosts: machines.

    Raises:
        InputError: Fabric is not installed.
    """
    under_torchrun = "TORCHELASTIC_RUN_ID" in os.environ
    if devices * hosts == 1 and not under_torchrun:
        return None
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise InputError(
            "training on several devices needs Lightning Fabric; install it with: pip install 'touchloop[scale]'"
        ) from error
    if under_torchrun:
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        hosts = int(os.environ["WORLD_SIZE"]) // devices
    fabric = Fabric(accelerator="auto", devices=devices, num_nodes=hosts, strategy="ddp")
    fabric.launch()
    return fabric
