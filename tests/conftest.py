"""How property tests run, all of them: no example is judged by the time that a busy machine took."""

from hypothesis import HealthCheck, settings

settings.register_profile("zhengyin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhengyin")
