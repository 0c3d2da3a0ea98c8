"""The learned policy: training, weights and the slow planner."""
