"""A bench for the engine without data plane and IAM: fakes with dials, spans without chance."""

from dataclasses import dataclass, replace

from sim.engine.capacity_providers import CapacityProviders
from sim.engine.consolidation import Consolidation
from sim.engine.ec2 import Ec2
from sim.engine.ec2_authorization import Ec2Place
from sim.engine.ec2_laws import Ec2Rules, Ec2Site
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.foundation import Foundation
from sim.engine.init_failures import InitFailures
from sim.engine.instance_health import InstanceHealth
from sim.engine.instance_losses import InstanceLosses
from sim.engine.instance_patches import InstancePatches
from sim.engine.instance_retirements import InstanceRetirements
from sim.engine.instance_status_looks import InstanceStatusLooks
from sim.engine.instance_troubles import InstanceTroubles
from sim.engine.lambda_agents import Load
from sim.engine.launches import Launches
from sim.engine.managed_instances import ManagedInstances
from sim.engine.operator_role_launcher import LaunchTemplate, OperatorRoleLauncher
from sim.engine.planning import Planning
from sim.engine.randomness import Streams
from sim.engine.reconciler import Reconciler
from sim.engine.role_sessions import RoleSessions
from sim.engine.scaler import Scaler
from sim.engine.timings import LognormalTime, Timings
from sim.engine.versions import PublishLimits, Versions
from sim.facts import catalogue, instance_types
from sim.model.api_results import ApiError
from sim.model.authorization import Denial
from sim.model.callers import Caller, CallerKind
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.execution_environment import EnvironmentShape
from sim.model.function_version import FunctionVersion, VersionSize
from sim.model.journal_entries import (
    ApiCalled,
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    LaunchFailed,
)
from sim.model.states import CapacityProviderState
from sim.placement.instance_choice import InstanceRequirements
from sim.placement.placement_rules import PlacementRules
from sim.scaling.decision import ScalingAction, ScalingDecision
from sim.units import HOUR_US, MINUTE_US, SECOND_US

ACCOUNT = "123456789012"
REGION = "us-east-1"
OPERATOR_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/LambdaOperatorRole"
LINKED_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lambda.amazonaws.com/Linked"
PROVIDER_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:capacity-provider:web"
XLARGE = "m7g.xlarge"
OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
"""Leaves three environments of one vCPU on an xlarge."""
API_US = 2 * SECOND_US
FIRST_US = 62 * SECOND_US
"""From the first publish to the first RunInstances."""
READY_US = 30 * SECOND_US
"""From RunInstances to an instance that takes environments."""
START_US = 4 * SECOND_US
"""From a placement to a ready environment."""


SIZES = ("shape", "concurrency_limit", "timeout_us")


def a_size(**overrides):
    """One vCPU, unless told otherwise."""
    shape = EnvironmentShape(vcpu=1, memory_mib=4096)
    settings = {"shape": shape, "concurrency_limit": 16, "timeout_us": 30 * SECOND_US}
    return VersionSize(**(settings | overrides))


def always(span_us):
    """A span without chance."""
    return LognormalTime(span_us, span_us)


def timings(**overrides):
    """Round spans without chance; everything else as in the facts."""
    settings = {
        "api_latency_us": API_US,
        "pending": always(5 * SECOND_US),
        "boot": always(20 * SECOND_US),
        "lambda_agent_registration_us": 5 * SECOND_US,
        "first_publish_extra_us": MINUTE_US,
        "environment_fetch_us": SECOND_US,
        "container_start": always(SECOND_US),
        "shutdown_us": 40 * SECOND_US,
        "empty_instance_grace_us": 120 * SECOND_US,
        "lifetime_jitter_fraction": 0.0,
        "replacement_lead_us": 5 * MINUTE_US,
    }
    return replace(Timings.of(catalogue()), **(settings | overrides))


def a_session(role_arn, *, label="operator role", expires_us=None):
    """A role session as STS would give it."""
    return Caller(
        kind=CallerKind.ROLE_SESSION,
        arn=f"{role_arn}/session",
        account_id=ACCOUNT,
        name=role_arn.rsplit("/", 1)[-1],
        label=label,
        role_arn=role_arn,
        expires_us=expires_us,
    )


class FakeAuthority:
    """Allows everything but the actions in `denied`; remembers the checks."""

    def __init__(self):
        self.denied = set()
        self.checks = []

    def authorize(self, *, call, caller, checks):
        """The first denied check, if any."""
        self.checks.extend(checks)
        for check in checks:
            if check.action in self.denied:
                return Denial(check, f"no {check.action}", is_explicit=True, statement="Freeze")
        return None


class FakeRoleAssumption:
    """Gives sessions unless `is_refusing`; counts the calls."""

    def __init__(self, session_us=None, now_us=lambda: 0):
        self.calls = []
        self.is_refusing = False
        self._session_us = session_us
        self._now_us = now_us

    def assume_role(self, *, role_arn, session_name, source_arn):
        """A session that lasts `session_us`, or AccessDenied."""
        self.calls.append((role_arn, session_name, source_arn))
        if self.is_refusing:
            return ApiError("AccessDenied", "no trust")
        expires_us = None if self._session_us is None else self._now_us() + self._session_us
        return a_session(role_arn, expires_us=expires_us)


class FakeRouting:
    """Rows that are idle, or busy for `busy_us` after their drain began."""

    def __init__(self):
        self.busy_us = 0
        self.serving = {}
        self.draining = []
        self._next = 0

    def add_environment(self, *, function_index, size, speed, now_us):
        """A new row."""
        row, self._next = self._next, self._next + 1
        self.serving[row] = function_index
        return row

    def begin_drain(self, row, *, now_us):
        """When the last invocation ends."""
        self.draining.append(row)
        return now_us + self.busy_us

    def remove_environment(self, row, *, now_us):
        """Nothing is ever lost here."""
        del self.serving[row]
        return 0


class HoldPolicy:
    """Wants what there is."""

    def decide(self, view):
        """Hold."""
        return ScalingDecision(view.desired_count, ScalingAction.HOLD, "held", is_low=False)


@dataclass
class Dials:
    """What a test may turn before the bench starts."""

    zones: str = "abc"
    vcpu_max: int = 400
    address_count: int = 250
    full_zones: str = ""
    """Zones whose subnet has no address at all."""
    allowed: tuple = (XLARGE,)
    denied_attempts_max: int = 3
    region: str = REGION
    vcpu_quota: int | None = None
    is_first_burst_raced: bool = False


def a_provider(dials, **overrides):
    """An active provider with one subnet per zone."""
    settings = {
        "name": "web",
        "arn": PROVIDER_ARN,
        "operator_role_arn": OPERATOR_ROLE_ARN,
        "subnets": tuple(
            Subnet(
                subnet_id=f"subnet-{letter}",
                availability_zone=f"{dials.region}{letter}",
                address_count=0 if letter in dials.full_zones else dials.address_count,
                first_address=f"10.0.{number}.4",
            )
            for number, letter in enumerate(dials.zones)
        ),
        "security_groups": ("sg-functions",),
        "architecture": "arm64",
        "allowed_instance_types": dials.allowed,
        "excluded_instance_types": (),
        "vcpu_count_max": dials.vcpu_max,
        "target_cpu_fraction": 0.5,
        "state": CapacityProviderState.ACTIVE,
    }
    return CapacityProvider(**(settings | overrides))


class Bench:
    """One provider with its fleet; time moves by `run_until`."""

    def __init__(self, dials=None, **timing_overrides):
        self.dials = dials or Dials()
        self.timings = timings(**timing_overrides)
        self.foundation = Foundation(Streams(seed=1))
        self.kernel = self.foundation.kernel
        self.authority = FakeAuthority()
        self.assumption = FakeRoleAssumption(HOUR_US, lambda: self.kernel.now_us)
        self.routing = FakeRouting()
        self.provider = a_provider(self.dials)
        self.providers = CapacityProviders(
            kernel=self.kernel,
            journal=self.foundation.journal,
            activation_us=self.timings.capacity_provider_activation_us,
            on_change=self.request,
        )
        self.providers.take_in(self.provider)
        self.gone = []
        self.sessions = RoleSessions(self.kernel, self.assumption, LINKED_ROLE_ARN)
        self.ec2 = Ec2(foundation=self.foundation, authority=self.authority, site=self._site())
        shared = {
            "foundation": self.foundation,
            "timings": self.timings,
            "on_change": self.request,
        }
        self.instances = ManagedInstances(ec2=self.ec2, role_sessions=self.sessions, **shared)
        launcher = OperatorRoleLauncher(
            ec2=self.ec2, role_sessions=self.sessions, template=a_template()
        )
        self.launches = Launches(launcher=launcher, follow=self.instances.follow, **shared)
        self.environments = ExecutionEnvironments(
            routing=self.routing,
            instance_of=self._instance_of,
            init_failures=InitFailures(self.foundation.streams, lambda: self.kernel.now_us),
            **shared,
        )
        self.versions = Versions(
            environments=self.environments,
            limits=PublishLimits(
                denied_attempts_max=self.dials.denied_attempts_max, failed_init_max=3
            ),
            on_gone=self.gone.append,
            **shared,
        )
        self.looks = InstanceStatusLooks(
            foundation=self.foundation,
            timings=self.timings,
            ec2=self.ec2,
            role_sessions=self.sessions,
        )
        self.health = InstanceHealth(
            ec2=self.ec2, looks=self.looks, providers=self.providers.by_name, **shared
        )
        self._wire_control_loop()
        self._wire_endings()

    def _instance_of(self, environment, provider):
        return self.providers.by_name[provider].instances[environment.instance_id]

    def _wire_endings(self):
        """What ends instances before their time."""
        fleet = {"providers": self.providers.by_name, "managed_instances": self.instances}
        losses = InstanceLosses(
            ec2=self.ec2,
            environments=self.environments,
            on_change=self.request,
            **fleet,
        )
        watched = {"foundation": self.foundation, "timings": self.timings}
        self.retirements = InstanceRetirements(
            scheduled_events=self.ec2.laws.scheduled_events,
            looks=self.looks,
            managed_instances=self.instances,
            losses=losses,
            **watched,
        )
        self.troubles = InstanceTroubles(
            environments=self.environments,
            managed_instances=self.instances,
            losses=losses,
            **watched,
        )
        self.patches = InstancePatches(**watched, **fleet)
        self.patches.start()
        self.consolidation = Consolidation(
            planning=self.planning, gate=self.launches.gate, **watched, **fleet
        )
        self.consolidation.start()

    def _wire_control_loop(self):
        """Planning, reconciler and a scaler that wants what there is."""
        self.planning = Planning(
            kernel=self.kernel,
            instance_types=instance_types(),
            requirements=self._requirements,
            rules=PlacementRules(),
            region=self.dials.region,
            is_first_burst_raced=self.dials.is_first_burst_raced,
        )
        self.reconciler = Reconciler(
            providers=self.providers,
            planning=self.planning,
            launches=self.launches,
            managed_instances=self.instances,
            environments=self.environments,
            versions=self.versions,
        )
        idle = Load(environment_count=0.0, cpu_fraction=0.0, concurrency_fraction=0.0)
        self.scaler = Scaler(
            foundation=self.foundation,
            providers=self.providers.by_name,
            policy=lambda provider: HoldPolicy(),
            load=lambda index: idle,
            reconcile=self.reconciler.reconcile,
            tick_us=self.timings.scaler_tick_us,
        )
        self.scaler.start()

    def request(self, name):
        """Ask for a reconciliation at the end of this instant."""
        self.scaler.request(name)

    def run_until(self, time_us):
        """Let everything up to and including `time_us` happen."""
        while (next_us := self.kernel.peek_us()) is not None and next_us <= time_us:
            self.kernel.step()
        self.kernel.move_to(time_us)

    def run_for(self, span_us):
        """The same, relative to now."""
        self.run_until(self.kernel.now_us + span_us)

    def publish(self, name="site", **overrides):
        """Publish a version of one-vCPU environments, three of them."""
        settings = {
            "function": name,
            "version": "1",
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:1",
            "capacity_provider": "web",
            "size": a_size(**{m: overrides.pop(m) for m in SIZES if m in overrides}),
            "count_min": 3,
            "count_max": 100,
            "init_us": 2 * SECOND_US,
            "init_failure_fraction": 0.0,
            "function_index": 0,
            "provided_since_us": self.kernel.now_us,
        }
        settings |= overrides
        settings.setdefault("desired_count", settings["count_min"])
        version = FunctionVersion(**settings)
        self.versions.publish(self.provider, version)
        return version

    def published(self, **overrides):
        """A version that has become Active."""
        version = self.publish(**overrides)
        self.run_for(FIRST_US + READY_US + START_US)
        return version

    def of(self, kind):
        """The journal entries of one kind."""
        return [e for e in self.foundation.journal.entries if isinstance(e, kind)]

    def launched(self):
        """Zone letter and seconds of every launch."""
        return [(e.availability_zone[-1], e.time_us / SECOND_US) for e in self.of(InstanceLaunched)]

    def launch_failures(self):
        """Every launch that came to nothing."""
        return self.of(LaunchFailed)

    def states_of(self, instance_id):
        """States that an instance moved to, with seconds."""
        return [
            (e.new_state, e.time_us / SECOND_US)
            for e in self.of(InstanceChanged)
            if e.instance_id == instance_id
        ]

    def version_states(self):
        """States of versions and their reason codes."""
        return [(e.new_state, e.reason_code) for e in self.of(FunctionVersionChanged)]

    def ended_environments(self):
        """Reasons with which environments began to end."""
        return [e.reason for e in self.of(EnvironmentChanged) if e.new_state == "draining"]

    def calls(self, operation):
        """All calls of one operation."""
        return [e for e in self.of(ApiCalled) if e.operation == operation]

    def linked_calls(self, operation):
        """Those that Lambda makes as the service-linked role."""
        return [c for c in self.calls(operation) if c.caller_arn.startswith(LINKED_ROLE_ARN)]

    def _site(self):
        return Ec2Site(
            place=Ec2Place(self.dials.region, ACCOUNT),
            subnets=self.provider.subnets,
            security_groups=("sg-functions",),
            instance_types=instance_types(),
            overhead=OVERHEAD,
            terminating_role_arn=LINKED_ROLE_ARN,
            rules=Ec2Rules.of(catalogue(), vcpu_quota=self.dials.vcpu_quota),
        )

    def _requirements(self, provider):
        return InstanceRequirements(
            architecture=provider.architecture,
            allowed=provider.allowed_instance_types,
            excluded=provider.excluded_instance_types,
            overhead=OVERHEAD,
            newest_generations=2,
            sizes=("xlarge", "2xlarge", "4xlarge"),
        )


def a_template():
    """What is the same in every launch."""
    return LaunchTemplate(
        vpc="vpc-main",
        image="ami-1",
        image_owner="amazon",
        operator="scaler.lambda.amazonaws.com",
        capacity_provider_tag="aws:lambda:capacity-provider",
    )
