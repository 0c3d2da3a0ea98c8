"""Sources of light for simulated event cameras."""
