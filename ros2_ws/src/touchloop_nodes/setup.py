from setuptools import find_packages, setup

NAME = "touchloop_nodes"
NODES = (
    "pybullet_world",
    "slow_planner",
    "fast_controller",
    "lifecycle_manager",
    "task_runner",
    "bag_recorder",
    "bag_player",
    "live_view",
    "event_camera",
    "event_bias_controller",
    "event_place_recognition",
    "bench_world",
    "execution_monitor",
    "instruction_runner",
    "safety_ask",
    "safety_supervisor",
    "arm_adapter",
    "stand_in",
    "gripper_adapter",
    "gripper_stand_in",
    "camera_adapter",
    "tactile_adapter",
    "chaos_relay",
    "chaos_conductor",
    "calibrator",
)

setup(
    name=NAME,
    version="0.1.0",
    description="Thin ROS 2 nodes over the touchloop library.",
    maintainer="touchloop maintainers",
    maintainer_email="maintainers@touchloop.dev",
    license="Apache-2.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    entry_points={"console_scripts": [f"{node} = {NAME}.{node}:main" for node in NODES]},
)
