"""The fast loop: decoding, force control, limits and safe behaviours."""
