"""Which environments leave at scale-in: from the fullest zone, off the emptiest instances."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sim.model.execution_environment import ExecutionEnvironment
from sim.model.identifiers import InstanceId
from sim.model.states import EnvironmentState


def choose_departures(
    environments: Sequence[ExecutionEnvironment],
    instance_environment_counts: Mapping[InstanceId, int],
    count: int,
) -> list[ExecutionEnvironment]:
    """The `count` environments to drain: starting ones first, for nothing is lost with them.

    Then zones stay balanced and instances become empty. `instance_environment_counts` holds the
    environments of all versions per instance. Rule: assumed (AWS: workloads are consolidated on
    fewer instances, AWS Compute Blog 2026-03).
    """
    remaining = list(environments)
    zone_counts = Counter(e.availability_zone for e in remaining)
    held = dict(instance_environment_counts)
    departures: list[ExecutionEnvironment] = []

    def order(environment: ExecutionEnvironment) -> tuple[bool, int, int, int, str]:
        return (
            environment.state is not EnvironmentState.STARTING,
            -zone_counts[environment.availability_zone],
            held[environment.instance_id],
            -environment.placed_us,
            environment.environment_id,
        )

    for _ in range(min(count, len(remaining))):
        leaving = min(remaining, key=order)
        remaining.remove(leaving)
        departures.append(leaving)
        zone_counts[leaving.availability_zone] -= 1
        held[leaving.instance_id] -= 1
    return departures
