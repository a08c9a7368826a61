"""The rule of departures in its plainest form: all are looked at for each that leaves."""

from collections import Counter

from sim.model.states import EnvironmentState


def naive_departures(environments, instance_environment_counts, count):
    """The same as `choose_departures`, quadratic."""
    remaining, departures = list(environments), []
    zone_counts = Counter(e.availability_zone for e in remaining)
    held = dict(instance_environment_counts)

    def order(environment):
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
