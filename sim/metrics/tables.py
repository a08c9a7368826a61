"""Keeps all tables of a run together: computed once, each a pure function of the run record."""

from dataclasses import dataclass

import pandas as pd

from sim.metrics.capacity import capacity_table
from sim.metrics.cost import cost_table
from sim.metrics.cost_options import cost_options_table
from sim.metrics.episodes import launch_episodes_table, throttle_episodes_table
from sim.metrics.events import events_table
from sim.metrics.expectations import expectations_table
from sim.metrics.faults import faults_table
from sim.metrics.growth import growth_table
from sim.metrics.instances import instances_table
from sim.metrics.minutes import latency_table, minutes_table
from sim.metrics.on_demand import on_demand_table
from sim.metrics.permissions import api_calls_table, decisions_table, permissions_table
from sim.metrics.scaling_decisions import launch_failures_table, scaling_table
from sim.metrics.system_log import system_log_table
from sim.model.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one run; columns are described by the function that builds each."""

    start_at: str
    """Calendar instant of the first traffic, for labels."""
    minutes: pd.DataFrame
    """Invocations per function and minute: `minutes_table`."""
    latency: pd.DataFrame
    """Latency per minute of all functions together: `latency_table`."""
    capacity: pd.DataFrame
    """Instances, vCPUs, environments per minute, capacity provider and zone: `capacity_table`."""
    growth: pd.DataFrame
    """Growth of the demand within five minutes: `growth_table`."""
    instances: pd.DataFrame
    """One row per instance with its times and its bill: `instances_table`."""
    api_calls: pd.DataFrame
    """One row per AWS API call: `api_calls_table`."""
    decisions: pd.DataFrame
    """One row per IAM decision: `decisions_table`."""
    permissions: pd.DataFrame
    """IAM decisions summed up: `permissions_table`."""
    scaling: pd.DataFrame
    """One row per decision of the scaler: `scaling_table`."""
    launch_failures: pd.DataFrame
    """One row per launch attempt without an instance: `launch_failures_table`."""
    launch_episodes: pd.DataFrame
    """Failed launches grouped into spans: `launch_episodes_table`."""
    throttle_episodes: pd.DataFrame
    """Spans of throttling: `throttle_episodes_table`."""
    faults: pd.DataFrame
    """The faults of the scenario and what went wrong meanwhile: `faults_table`."""
    expectations: pd.DataFrame
    """What the scenario expected, met or failed: `expectations_table`."""
    cost: pd.DataFrame
    """The bill by item: `cost_table`."""
    on_demand: pd.DataFrame
    """Default Lambda's bill for the same invocations: `on_demand_table`."""
    cost_options: pd.DataFrame
    """The same work bought in other ways: `cost_options_table`."""
    system_log: pd.DataFrame
    """Lambda's own log of launches and terminations: `system_log_table`."""
    events: pd.DataFrame
    """The whole journal with a line of text per entry: `events_table`."""


def build_tables(record: RunRecord) -> Tables:
    """Fold the two records of a run into all tables."""
    minutes, instances = minutes_table(record), instances_table(record)
    return Tables(
        start_at=record.start_at,
        minutes=minutes,
        latency=latency_table(record),
        capacity=capacity_table(record),
        growth=growth_table(minutes),
        instances=instances,
        api_calls=api_calls_table(record),
        decisions=decisions_table(record),
        permissions=permissions_table(record),
        scaling=scaling_table(record),
        launch_failures=launch_failures_table(record),
        launch_episodes=launch_episodes_table(record),
        throttle_episodes=throttle_episodes_table(record),
        faults=faults_table(record),
        expectations=expectations_table(record),
        cost=cost_table(record, instances),
        on_demand=on_demand_table(record),
        cost_options=cost_options_table(record, instances),
        system_log=system_log_table(record),
        events=events_table(record),
    )
