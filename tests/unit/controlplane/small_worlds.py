"""Small worlds for tests: one YAML template, a few dials, and short ways to act and to look."""

import copy
import json
from typing import TypeVar

import yaml

from sim.assembly import System, assemble
from sim.engine.ec2 import Launch
from sim.engine.ec2_authorization import RunInstancesRequest
from sim.facts import managed_policy
from sim.model.api_results import ApiError, ApiSuccess
from sim.model.callers import Caller, CallerKind
from sim.model.identifiers import user_arn
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    LaunchFailed,
    PurposeOfLaunch,
)
from sim.scenario import Scenario, load_scenario_text
from sim.units import parse_duration_us

ACCOUNT = "123456789012"
REGION = "us-east-1"
OPERATOR_ROLE = "LambdaOperatorRole"
OPERATOR_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{OPERATOR_ROLE}"
EXECUTION_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/SiteExecutionRole"
LINKED_ROLE = "AWSServiceRoleForLambda"
LINKED_ROLE_ARN = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda"
)
OPERATOR_POLICY = "AWSLambdaManagedEC2ResourceOperator"
OPERATOR_POLICY_ARN = f"arn:aws:iam::aws:policy/{OPERATOR_POLICY}"
PROVIDER_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:capacity-provider:web"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:site"

TEMPLATE = """
schema_version: 1
name: small-world
description: a fleet of three small environments and no traffic to speak of
start_at: 2026-01-05T00:00:00Z
preparation: 5m
duration: 30m
seed: 7
region: us-east-1
account:
  id: "123456789012"
  users:
    - {name: administrator, managed_policies: [AdministratorAccess]}
    - {name: nobody}
    - {name: somebody, inline_policies: []}
  roles:
    - name: LambdaOperatorRole
      trust_policy: lambda.amazonaws.com
      managed_policies: [AWSLambdaManagedEC2ResourceOperator]
    - {name: SiteExecutionRole, trust_policy: lambda.amazonaws.com}
  service_control_policies: []
network:
  vpc: vpc-main
  subnets:
    - {id: subnet-a, availability_zone: us-east-1a, cidr: 10.0.0.0/24}
    - {id: subnet-b, availability_zone: us-east-1b, cidr: 10.0.1.0/24}
  security_groups: [sg-functions]
capacity_providers:
  - name: web
    operator_role: LambdaOperatorRole
    subnets: [subnet-a, subnet-b]
    security_groups: [sg-functions]
    instance_requirements: {architecture: arm64}
    scaling: {max_vcpu_count: 64}
functions:
  - name: site
    capacity_provider: web
    execution_role: SiteExecutionRole
    runtime: nodejs24.x
    memory: 2 GiB
    memory_gib_per_vcpu: 2
    timeout: 3s
    init: 1s
    cpu: {kind: constant, value: 1ms}
    io: {kind: constant, value: 1ms}
workloads:
  - {function: site, arrivals: {kind: constant, rate: 1/min}}
assumptions: {capacity_provider.read_burst: 150, capacity_provider.write_burst: 10}
script: []
"""

CREATE_PROVIDER = {
    "CapacityProviderName": "web",
    "VpcConfig": {
        "SubnetIds": ["subnet-a", "subnet-b"],
        "SecurityGroupIds": ["sg-functions"],
    },
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": OPERATOR_ROLE_ARN},
    "InstanceRequirements": {"Architectures": ["arm64"]},
    "CapacityProviderScalingConfig": {"MaxVCpuCount": 64, "ScalingMode": "Auto"},
}
CREATE_FUNCTION = {
    "FunctionName": "site",
    "Role": EXECUTION_ROLE_ARN,
    "Runtime": "nodejs24.x",
    "MemorySize": 2048,
    "Timeout": 3,
    "Architectures": ["arm64"],
    "CapacityProviderConfig": {
        "LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER_ARN}
    },
}

Entry = TypeVar("Entry", bound=JournalEntry)


def document(*statements: dict) -> dict:
    """An IAM policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: object, resources: object = "*", condition: object = None) -> dict:
    """An Allow statement."""
    return _statement("Allow", actions, resources, condition)


def deny(actions: object, resources: object = "*", condition: object = None) -> dict:
    """A Deny statement."""
    return _statement("Deny", actions, resources, condition)


def _statement(effect: str, actions: object, resources: object, condition: object) -> dict:
    statement = {"Effect": effect, "Action": actions, "Resource": resources}
    return statement if condition is None else {**statement, "Condition": condition}


def trust(**condition: object) -> dict:
    """A trust policy for Lambda, with a condition."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return document({**statement, "Condition": condition} if condition else statement)


def operator_policy() -> dict:
    """A copy of the managed operator policy, to be changed."""
    return copy.deepcopy(dict(managed_policy(OPERATOR_POLICY).document))


def operator_policy_without(action: str) -> dict:
    """The managed operator policy with one action taken out of every statement."""
    policy = operator_policy()
    for statement in policy["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != action]
    policy["Statement"] = [s for s in policy["Statement"] if s["Action"]]
    return policy


def a_scenario(
    *,
    operator: dict | None = None,
    trust_policy: dict | str = "lambda.amazonaws.com",
    somebody: dict | None = None,
    guardrails: tuple[dict, ...] = (),
    is_bare: bool = False,
    has_functions: bool = True,
    script: tuple[dict, ...] = (),
    **top_level: object,
) -> Scenario:
    """The template with other policies.

    `operator` replaces the managed policy of the operator role, `somebody` is what the user of that
    name may do, `guardrails` are service control policies at the account. In a bare world nobody,
    who is refused, makes the set-up calls; without functions only the provider is set up.
    """
    world = yaml.safe_load(TEMPLATE)
    world["start_at"] = "2026-01-05T00:00:00Z"
    operator_role = world["account"]["roles"][0]
    operator_role["trust_policy"] = trust_policy
    if operator is not None:
        operator_role["managed_policies"] = []
        operator_role["inline_policies"] = [{"name": "Operate", "document": operator}]
    if somebody is not None:
        world["account"]["users"][2]["inline_policies"] = [{"name": "May", "document": somebody}]
    if guardrails:
        everything = {"name": "FullAWSAccess", "document": document(allow("*"))}
        named = [{"name": f"Guard{n}", "document": g} for n, g in enumerate(guardrails)]
        world["account"]["service_control_policies"] = [[everything, *named]]
    if is_bare:
        world["capacity_providers"][0]["created_by"] = "nobody"
    if is_bare or not has_functions:
        world["functions"][0]["deployed_by"] = "nobody"
    world["script"] = list(script)
    return load_scenario_text(json.dumps({**world, **top_level}))


class SmallWorld:
    """A system with short words for what tests do to it and see in it."""

    def __init__(self, scenario: Scenario) -> None:
        self.system: System = assemble(scenario, seed=scenario.seed)

    @property
    def account(self):
        """What the control plane acts on."""
        return self.system.control_plane._account

    @property
    def provider(self):
        """The capacity provider `web`, whatever its state."""
        return self.system.world.capacity_providers.by_name["web"]

    def unhurried(self) -> "SmallWorld":
        """Let every call on capacity providers pass, however many come at one instant."""
        rates = self.account.provider_rates
        for bucket in (rates.reads, rates.writes):
            bucket._capacity_parts = bucket._parts = 10**30
        return self

    def at(self, time: str) -> "SmallWorld":
        """Let everything happen up to a world time such as `3m`."""
        self.system.advance_to(parse_duration_us(time))
        return self

    def call(self, operation: str, request: dict | None = None, *, by: object = "administrator"):
        """Call the control plane as a user or with a session."""
        caller = by if isinstance(by, Caller) else user(str(by))
        return self.system.control_plane.call(operation, caller, request or {})

    def operator_session(self) -> Caller:
        """A session of the operator role, as Lambda gets it."""
        session = self.system.world.role_sessions.operator(self.provider)
        assert isinstance(session, Caller)
        return session

    def linked_session(self) -> Caller:
        """A session of the service-linked role, as Lambda gets it."""
        session = self.system.world.role_sessions.service_linked(PROVIDER_ARN)
        assert isinstance(session, Caller)
        return session

    def entries(self, kind: type[Entry], **fields: object) -> list[Entry]:
        """Journal entries of a kind with these values."""
        found = [e for e in self.system.foundation.journal.entries if isinstance(e, kind)]
        return [e for e in found if all(getattr(e, k) == v for k, v in fields.items())]

    def calls(self, operation: str, **fields: object) -> list[ApiCalled]:
        """Calls of an operation."""
        return self.entries(ApiCalled, operation=operation, **fields)

    def decisions(self, action: str, **fields: object) -> list[AuthorizationDecided]:
        """Decisions about an action."""
        return self.entries(AuthorizationDecided, action=action, **fields)

    def launched(self) -> list[InstanceLaunched]:
        """Launches so far."""
        return self.entries(InstanceLaunched)

    def failures(self) -> list[LaunchFailed]:
        """Failed launches so far."""
        return self.entries(LaunchFailed)

    def ended(self) -> list[InstanceChanged]:
        """Instances whose termination began so far."""
        return self.entries(InstanceChanged, new_state="shutting-down")

    def version_states(self) -> list[tuple[str, str]]:
        """States of versions with their reason codes, in order."""
        return [(e.new_state, e.reason_code) for e in self.entries(FunctionVersionChanged)]

    def try_launch(self, session: Caller, **changes: object):
        """RunInstances as Lambda asks for it, with changes; instances or an error."""
        request = {
            "instance_type": "m8g.xlarge",
            "count": 1,
            "subnet": "subnet-a",
            "vpc": "vpc-main",
            "availability_zone": "us-east-1a",
            "security_groups": ("sg-functions",),
            "image": "ami-00000000000000001",
            "image_owner": "amazon",
            "operator": "scaler.lambda.amazonaws.com",
            "tags": {"aws:lambda:capacity-provider": PROVIDER_ARN},
        }
        order = Launch(
            RunInstancesRequest(**{**request, **changes}), "web", PurposeOfLaunch.SCALE_OUT
        )
        return self.system.world.ec2.run_instances(session, order)

    def state(self) -> str:
        """Everything of the account that a call could change, as text to compare."""
        account = self.account
        principals = account.principals
        holders = [*principals._users.values(), *principals._roles.values()]
        return repr(
            (
                [(h.arn, vars(h.history)) for h in holders],
                account.service_linked_role._tasks,
                account.functions,
                account.world.capacity_providers.by_name,
                account.world.ec2.instances,
                account.world.ec2.customer_instances.by_id,
                account.world.ec2.shows_managed,
                account.world.ec2.laws.network._kept,
                list(account.world.ec2.laws.network_interfaces.all()),
                list(account.world.ec2.laws.volumes.all()),
                account.world.ec2.laws.vcpu_quota._own_vcpu,
                [(h.tags, getattr(h, "access_keys", None)) for h in holders],
                [(r.description, r.session_duration_max_s) for r in principals.roles()],
                account.managed_policies.customers(),
                account.organization.policies,
                account.organization._attached._values,
            )
        )


def a_world(**dials: object) -> SmallWorld:
    """A world from the template with dials of `a_scenario`."""
    return SmallWorld(a_scenario(**dials))


def a_bare_world(**dials: object) -> SmallWorld:
    """A world without provider and function: whoever should have made them was refused."""
    return a_world(is_bare=True, **dials).at("10s")


def a_running_world(**dials: object) -> SmallWorld:
    """A world whose function is Active."""
    world = a_world(**dials).at("4m")
    assert world.version_states()[-1] == ("Active", "")
    return world


def user(name: str) -> Caller:
    """A user of the account as a caller."""
    return Caller(CallerKind.USER, user_arn(ACCOUNT, name), ACCOUNT, name, label=name)


def refused(answer: object, code: str, text: str = "") -> str:
    """The message of an error answer with this code and text in it."""
    assert isinstance(answer, ApiError), f"expected {code}, got {answer}"
    assert answer.code == code, answer
    assert text in answer.message, answer
    return answer.message


def granted(answer: object) -> dict:
    """The output of a successful answer."""
    assert isinstance(answer, ApiSuccess), answer
    return dict(answer.output)


def shown(configuration: dict) -> tuple:
    """Which version a function configuration is of, and its state."""
    return tuple(configuration[member] for member in ("FunctionArn", "Version", "State"))
