"""The simulated cell: arm, board, cameras and touch sensors."""
