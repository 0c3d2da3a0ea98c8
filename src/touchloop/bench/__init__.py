"""Episodes that score a policy."""
