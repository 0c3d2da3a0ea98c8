"""The set-up: virtual environment, pinned packages, ROS workspace. Standard library only."""
