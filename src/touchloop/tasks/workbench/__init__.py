"""Work on the bench: scenes by seed, ground truth, skills, failures that are injected, and a runner."""
