"""Keeps the demands that a mixture may name equal to the folder: every kind there, but no copy."""

import importlib
import pkgutil

import sim.workload.demands
from sim.workload.demand_settings import DemandSettings


def kinds_beside(module: str) -> tuple[type[DemandSettings], ...]:
    """Return the demand kinds of the folder, except the one of the given module.

    For a kind made of other kinds: `sim.registry` would import the asking module once more.
    """
    package = sim.workload.demands
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return tuple(
        kind
        for other in modules
        if other.__name__ != module
        for kind in vars(other).values()
        if isinstance(kind, type)
        and issubclass(kind, DemandSettings)
        and kind.__module__ == other.__name__
    )
