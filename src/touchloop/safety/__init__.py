"""Keeps an arm safe whatever commands it: limits, a supervisor's states, checks before motion. No ROS in here."""
