"""Keeps every page in one frame and one style: a single file that opens without a network."""

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, values: Mapping[str, object]) -> str:
    """The HTML of a template that fills the blocks of `page.html.j2`; texts are escaped."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sim.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
