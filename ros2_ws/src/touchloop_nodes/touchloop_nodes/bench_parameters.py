"""All that bench_world can be set to."""

from touchloop.tasks.workbench.failures import MODES
from touchloop.tasks.workbench.skills import BACKENDS
from touchloop_nodes.parameters import Parameters


def declare_parameters(parameters: Parameters) -> None:
    """Before anything else of the node."""
    declare = parameters.declare
    declare("seed", 0, "Seed of the episode that starts by itself.", minimum=0)
    declare("failure", "", "What to inject into its first run.", choices=("", *MODES))
    declare("failure_step", 1, "In this step of the run's program.", minimum=1)
    declare("backend", "scripted", "Of the skills.", choices=BACKENDS)
    declare("allowed_skills", [""], "Skills that may be started; all when empty.")
    declare("max_speed_m_s", 0.0, "No skill moves faster; 0: each skill's own cap.", minimum=0.0, maximum=10.0)
    declare("max_force_n", 0.0, "No skill may ask for more; 0: each skill's own cap.", minimum=0.0, maximum=1e3)
    declare("monitor_timeout_s", 1.0, "Silence of who moves the arms, after which they stop.", minimum=0.1)
    declare("real_time_factor", 1.0, "Simulated seconds a second.", minimum=0.1, maximum=10.0)
