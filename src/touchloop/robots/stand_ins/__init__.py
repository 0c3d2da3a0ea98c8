"""Controllers' stand-ins: they behave as the documentation and sources of the real ones say, on the simulated arm."""
