"""Tasks: scenes, scripted experts, scores and perturbations."""
