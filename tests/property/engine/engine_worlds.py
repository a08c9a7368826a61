"""Whole worlds in a few dials: one provider with its functions, and short ways to look at a run."""

from dataclasses import dataclass

import yaml

from sim.assembly import System, assemble
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord
from sim.model.journal_entries import EnvironmentChanged, FunctionVersionChanged, InstanceLaunched
from sim.model.states import EnvironmentState
from sim.scenario import load_scenario_text
from sim.units import MINUTE_US

ACCOUNT = "123456789012"
ROLE = "LambdaOperatorRole"
OPERATOR_POLICY_ARN = "arn:aws:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator"
ZONE_LETTERS = "abcd"


@dataclass(frozen=True)
class Finished:
    """A world after its last instant."""

    system: System
    record: InvocationRecord

    @property
    def journal(self):
        """All entries."""
        return self.system.foundation.journal.entries

    def of(self, kind):
        """The entries of one kind, in order."""
        return [entry for entry in self.journal if isinstance(entry, kind)]

    def minute(self, minute):
        """Index in the record of a minute since the first traffic."""
        return self.system.traffic_start_us // MINUTE_US + minute

    def throttled(self, first_minute=0, last_minute=None):
        """Throttled invocations that arrived in minutes `first <= m < last` of the traffic."""
        last = self.record.minute_count if last_minute is None else self.minute(last_minute)
        minutes = self.record.outcomes[:, self.minute(first_minute) : last, list(THROTTLE_OUTCOMES)]
        return int(minutes.sum())

    def arrived(self, first_minute=0, last_minute=None):
        """Invocations that arrived in those minutes."""
        last = self.record.minute_count if last_minute is None else self.minute(last_minute)
        return int(self.record.arrived[:, self.minute(first_minute) : last].sum())

    def ready_counts(self):
        """(time, ready environments) after every change."""
        count, counts = 0, [(0, 0)]
        for entry in self.of(EnvironmentChanged):
            count += entry.new_state == EnvironmentState.READY
            count -= entry.old_state == EnvironmentState.READY
            counts.append((entry.time_us, count))
        return counts

    def ready_count(self, minute):
        """Ready environments at the end of a minute of the traffic."""
        until_us = self.system.traffic_start_us + minute * MINUTE_US
        return [count for time_us, count in self.ready_counts() if time_us <= until_us][-1]

    def launches(self, purpose):
        """The instances launched for one purpose."""
        return [e for e in self.of(InstanceLaunched) if e.purpose == purpose]

    def version_states(self, function="site"):
        """The states that the function's version went through."""
        return [e.new_state for e in self.of(FunctionVersionChanged) if e.function == function]


def a_function(name="site", **overrides):
    """Settings of a function: one vCPU, light on everything but CPU."""
    settings = {
        "name": name,
        "capacity_provider": "web",
        "execution_role": "ExecutionRole",
        "runtime": "nodejs24.x",
        "memory": "4 GiB",
        "memory_gib_per_vcpu": 4,
        "timeout": "30s",
        "init": "2s",
        "cpu": {"kind": "exponential", "mean": "20ms"},
        "io": {"kind": "constant", "value": "20ms"},
        "memory_base": "300 MiB",
        "memory_per_invocation": "1 MiB",
    }
    return settings | overrides


def a_scenario(
    *,
    zones=3,
    functions=None,
    arrivals=None,
    vcpu_max=400,
    duration="20m",
    script=(),
    cidr="10.0.{}.0/24",
    zone_letters=ZONE_LETTERS,
    requirements=None,
    assumptions=None,
    faults=(),
    vcpu_quota=None,
    workload=None,
    more_workloads=(),
):
    """A scenario with one provider `web`; every function gets the arrivals in the same way.

    `more_workloads` call other versions of `site`.
    """
    functions = [a_function()] if functions is None else functions
    letters = zone_letters[:zones]
    document = {
        "schema_version": 1,
        "name": "engine-world",
        "description": "a world for tests",
        "start_at": "2026-01-01T00:00:00Z",
        "preparation": "10m",
        "duration": duration,
        "seed": 1,
        "region": "us-east-1",
        "account": an_account() | ({"vcpu_quota": vcpu_quota} if vcpu_quota is not None else {}),
        "network": a_network(letters, cidr),
        "capacity_providers": [
            {
                "name": "web",
                "operator_role": ROLE,
                "subnets": [f"subnet-{letter}" for letter in letters],
                "security_groups": ["sg-functions"],
                "instance_requirements": requirements or {"architecture": "arm64"},
                "scaling": {"max_vcpu_count": vcpu_max},
            }
        ],
        "functions": functions,
        "workloads": [
            {
                "function": function["name"],
                "arrivals": arrivals or {"kind": "constant", "rate": "1/s"},
                **(workload or {}),
            }
            for function in functions
        ]
        + [{"function": "site", **more} for more in more_workloads],
        "script": list(script),
        "faults": list(faults),
        "assumptions": assumptions or {},
    }
    return load_scenario_text(yaml.safe_dump(document, sort_keys=False))


def an_account():
    """An administrator, the operator role with its managed policy, and a role for the code."""
    return {
        "id": ACCOUNT,
        "users": [{"name": "administrator", "managed_policies": ["AdministratorAccess"]}],
        "roles": [
            {
                "name": ROLE,
                "trust_policy": "lambda.amazonaws.com",
                "managed_policies": ["AWSLambdaManagedEC2ResourceOperator"],
            },
            {"name": "ExecutionRole", "trust_policy": "lambda.amazonaws.com"},
        ],
    }


def a_network(zone_letters, cidr):
    """One subnet per zone of us-east-1."""
    subnets = [
        {
            "id": f"subnet-{letter}",
            "availability_zone": f"us-east-1{letter}",
            "cidr": cidr.format(number),
        }
        for number, letter in enumerate(zone_letters)
    ]
    return {"vpc": "vpc-main", "subnets": subnets, "security_groups": ["sg-functions"]}


def finished(scenario, *, seed=1):
    """Run a scenario to its end."""
    return finished_system(assemble(scenario, seed=seed))


def finished_system(system):
    """Run a system to its end."""
    system.advance_to(system.horizon_us)
    return Finished(system, system.finish())


def a_call(at, operation, **request):
    """One scripted call by the administrator, minutes after the first traffic."""
    return {
        "at": f"{at}m",
        "caller": "administrator",
        "operation": operation,
        "input": request,
    }


def cap_of(vcpu_max, *, at):
    """A scripted change of the provider's cap."""
    return a_call(
        at,
        "lambda:UpdateCapacityProvider",
        CapacityProviderName="web",
        CapacityProviderScalingConfig={"MaxVCpuCount": vcpu_max},
    )
