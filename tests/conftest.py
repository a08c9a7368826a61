"""What all tests share: the option for heavier scales, and one profile for Hypothesis."""

import pytest
from hypothesis import HealthCheck, settings

# Kernels are loaded inside the first example; a deadline would judge the machine, not the code.
settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that also runs the heavier scales."""
    parser.addoption("--run-slow", action="store_true", help="also run the heavier scales")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked slow, unless it is asked for: deselected, never silently skipped."""
    if config.getoption("--run-slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
