"""A ROS 2 stack for robot arms that feel: think slowly, touch fast."""

__version__ = "0.1.0"
