"""How hypothesis draws for every suite: what a busy machine takes for an example, or for drawing one, is no fault.

Loaded by tests/conftest.py. Who draws says the number of examples, and whether a fixture serves several of them.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

SHARES_FIXTURES = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
"""What is not looked for where examples share a fixture."""
