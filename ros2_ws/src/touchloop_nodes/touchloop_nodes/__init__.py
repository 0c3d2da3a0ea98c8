"""Thin ROS 2 nodes over the touchloop library."""
