"""Contract of figures: each draws on given axes, labels them with units, and repeats itself."""

import importlib
import pkgutil
import re
from dataclasses import replace

import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from sim.metrics import Tables, build_tables
from sim.reporting import figures
from sim.reporting.charts import chart_svg, figure_kind, figure_kinds
from sim.reporting.style import RC_PARAMETERS
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_record, invocations

DAY = build_tables(a_day())
SHORT = build_tables(a_record())
SILENT = build_tables(a_record(invocations=invocations(arrived=[[0, 0, 0, 0, 0]])))
RUNS = {"day": DAY, "three minutes": SHORT, "no traffic": SILENT}
UNITS = re.compile(r"per second|per minute|vCPUs|%|number|ms|dollars|times|Events|Service|h:mm")


@pytest.mark.parametrize("kind", figure_kinds())
@pytest.mark.parametrize("tables", RUNS.values(), ids=RUNS)
def test_figure_draws_on_the_given_axes_and_names_units(kind: str, tables: Tables) -> None:
    """Both axes have a label that says what is measured and in what, whatever the run."""
    with rc_context(RC_PARAMETERS):
        axes = Figure().subplots()
        figure_kind(kind).draw(tables, axes)
        assert axes.has_data()
        assert UNITS.search(axes.get_xlabel()), axes.get_xlabel()
        assert UNITS.search(axes.get_ylabel()), axes.get_ylabel()


@pytest.mark.parametrize("kind", figure_kinds())
@pytest.mark.parametrize("tables", RUNS.values(), ids=RUNS)
def test_figure_says_in_words_what_it_shows(kind: str, tables: Tables) -> None:
    """The words are one or more sentences and hold no missing numbers."""
    words = figure_kind(kind).describe(tables)
    assert words.endswith(".")
    assert "nan" not in words
    assert figure_kind(kind).TITLE


@pytest.mark.parametrize("kind", figure_kinds())
def test_figure_is_the_same_bytes_twice(kind: str) -> None:
    """Equal tables give equal SVG, without dates or random ids."""
    again = build_tables(a_day())
    assert chart_svg(DAY, [kind], [2.0]) == chart_svg(again, [kind], [2.0])


@pytest.mark.parametrize("kind", figure_kinds())
def test_svg_has_a_label_and_colours_that_follow_the_page(kind: str) -> None:
    """A screen reader gets words; text and axes take the colours of the page."""
    svg = chart_svg(DAY, [kind], [2.0])
    assert re.match(r'<svg [^>]*role="img" aria-label="[^"]+"><title>', svg)
    assert "var(--muted)" in svg
    assert "#6b7280" not in svg
    assert "<style" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")


def test_names_in_figures_are_escaped() -> None:
    """A zone named like a tag or a formula is drawn as text."""
    zone = "<script>$x^2$"
    capacity = DAY.capacity.assign(availability_zone=zone)
    svg = chart_svg(replace(DAY, capacity=capacity), ["fleet_by_zone"], [2.0])
    assert "<script" not in svg
    assert "&lt;script&gt;$x^2$" in svg


def test_every_module_of_the_folder_is_a_figure() -> None:
    """The folder is the registry: each module has a title, words and a way to draw."""
    for found in pkgutil.iter_modules(figures.__path__):
        module = importlib.import_module(f"{figures.__name__}.{found.name}")
        assert module.__doc__
        assert {"TITLE", "describe", "draw"} <= set(vars(module))
