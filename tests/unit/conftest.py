from hypothesis import HealthCheck, settings

# First calls compile, and the machines that run this are shared: time limits of single examples would only be noise.
settings.register_profile(
    "touchloop", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("touchloop")
