"""Runs launch files: the subset of the ROS 2 launch XML that touchloop uses, without a ROS installation."""
