"""Real arms and what stands in for them: configuration, kinematics, adapters, stand-ins. No ROS in here."""
