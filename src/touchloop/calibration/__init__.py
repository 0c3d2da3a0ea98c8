"""Measures what a robot's file says of tool, sensor, cameras and latencies. No ROS in here."""
