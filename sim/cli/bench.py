"""`lmisim bench`: one line of JSON about the speed of this machine, never a verdict."""

import json

import click

from sim.cli.options import voice_options

_DAY_CONFIG = "world-cup-opening-day"


@click.group("bench")
def command() -> None:
    """Measure the speed of this machine with lmisim."""


@command.command("data-plane")
@click.option("--law", type=click.Choice(["env", "ps", "loss"]), default="env", show_default=True)
@click.option("--routing", type=click.Choice(["random", "p2c"]), default="p2c", show_default=True)
@click.option("--environments", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--concurrency", type=click.IntRange(1, 1600), default=16, show_default=True)
@click.option("--rho", type=click.FloatRange(0.01, 2.0), default=0.8, show_default=True)
@click.option(
    "--requests", type=click.IntRange(1000, 100_000_000), default=2_000_000, show_default=True
)
@voice_options
def data_plane(  # noqa: PLR0913 - click hands over one parameter per option
    *,
    law: str,
    routing: str,
    environments: int,
    concurrency: int,
    rho: float,
    requests: int,
    is_json: bool,
    is_quiet: bool,
    no_color: bool,
) -> int:
    """Requests per CPU second of the compiled data plane on the reference shape, as JSON."""
    del is_json, is_quiet, no_color  # the answer is JSON in any case
    from sim.experiments.benchmarks import ReferenceShape, measure_data_plane

    shape = ReferenceShape(
        law=law,
        routing="power_of_two" if routing == "p2c" else "random",
        environments=environments,
        concurrency=concurrency,
        rho=rho,
        requests=requests,
    )
    click.echo(json.dumps(measure_data_plane(shape)))
    return 0


@command.command("run")
@click.option("--hours", type=click.IntRange(1, 24 * 14), default=1, show_default=True)
@click.option("--rate", type=click.FloatRange(1.0, 1e6), default=10_000.0, show_default=True)
@voice_options
def whole_run(*, hours: int, rate: float, is_json: bool, is_quiet: bool, no_color: bool) -> int:
    """Simulated hours at a steady rate with their control plane, as JSON: times, rates, memory."""
    del is_json, is_quiet, no_color  # the answer is JSON in any case
    from sim.experiments.benchmarks import measure_run
    from sim.experiments.examples import example_path
    from sim.scenario import load_scenario

    overrides = [
        f"duration={hours}h",
        f"workloads.0.arrivals={{kind: constant, rate: {rate}/s}}",
        "capacity_providers.0.scaling.max_vcpu_count=4000",
    ]
    scenario = load_scenario(example_path(_DAY_CONFIG), overrides)
    click.echo(json.dumps(measure_run(scenario)))
    return 0
