"""Every call that the life of a scenario needs, from the first create to the last terminate.

Nothing is run: the calls are listed with their authorization checks, so that they can be judged
before anybody waits for a launch that cannot work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.assembly.account import account_organization, account_principals
from sim.assembly.operator_policy import least_describes
from sim.assembly.settings import IMAGE_ID, instance_requirements
from sim.controlplane.authority import Authority
from sim.controlplane.caller_checks import (
    create_capacity_provider_checks,
    create_function_checks,
)
from sim.controlplane.principals import Principals
from sim.controlplane.service_linked_role import ServiceLinkedRole
from sim.engine.ec2_authorization import (
    Ec2Place,
    RunInstancesRequest,
    describe_check,
    run_instances_checks,
)
from sim.engine.foundation import Foundation
from sim.engine.randomness import Streams
from sim.facts import Catalogue, InstanceType, catalogue, instance_types
from sim.iam import Policy
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import SERVICE_LINKED_ROLE, Caller, service_caller
from sim.model.execution_environment import EnvironmentShape
from sim.model.identifiers import capacity_provider_arn, function_arn, role_arn
from sim.scenario import Scenario
from sim.scenario.capacity_provider import CapacityProvider
from sim.scenario.function import Function


@dataclass(frozen=True, slots=True)
class NeededCall:
    """One call with the checks that it takes."""

    purpose: str
    """What it is for, in words."""
    caller: Caller
    checks: tuple[AuthorizationCheck, ...]
    trust_policy: Policy | None = None
    """The trust policy that decides an AssumeRole."""
    is_needed: bool = True
    """False for what only adds comfort: without it nothing fails."""
    detail: str = ""
    """What tells it from its like, such as the instance type."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """The calls of a scenario, and who judges them."""

    calls: tuple[NeededCall, ...]
    authority: Authority


def preflight(scenario: Scenario) -> Preflight:
    """List the calls of a scenario as they stand when nothing has happened yet."""
    facts = catalogue().with_overrides(scenario.assumptions)
    foundation = Foundation(Streams(scenario.seed))
    principals = account_principals(scenario, facts)
    linked_role = ServiceLinkedRole(foundation=foundation, principals=principals, facts=facts)
    linked_role.create()
    authority = Authority(
        kernel=foundation.kernel,
        journal=foundation.journal,
        principals=principals,
        organization=account_organization(scenario, facts),
        region=scenario.region,
        calendar=lambda _now_us: scenario.start_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    survey = _Survey(scenario, facts, principals, linked_role)
    return Preflight(tuple(survey.calls()), authority)


@dataclass(frozen=True, slots=True)
class _Survey:
    scenario: Scenario
    facts: Catalogue
    principals: Principals
    linked_role: ServiceLinkedRole

    def calls(self) -> Iterator[NeededCall]:
        """In the order in which a life needs them."""
        for index, provider in enumerate(self.scenario.capacity_providers):
            yield self._create_provider(provider, is_first=index == 0)
            yield self._assume(provider, self._operator_role_arn(provider), "operator role")
        for function in self.scenario.functions:
            yield self._create_function(function)
            yield self._publish(function)
        for provider in self.scenario.capacity_providers:
            yield from self._launches(provider)
            yield self._write_logs(provider)
            yield from self._terminations(provider)

    def _create_provider(self, provider: CapacityProvider, *, is_first: bool) -> NeededCall:
        checks = create_capacity_provider_checks(
            self._provider_arn(provider),
            subnets=provider.subnets,
            security_groups=provider.security_groups,
            operator_role_arn=self._operator_role_arn(provider),
            lambda_principal=self._lambda.name,
            linked_role_arn=self.linked_role.arn if is_first else None,
        )
        caller = self._user(provider.created_by)
        return NeededCall(f"create capacity provider {provider.name}", caller, tuple(checks))

    def _create_function(self, function: Function) -> NeededCall:
        provider = self._provider(function.capacity_provider)
        checks = create_function_checks(
            self._function_arn(function),
            execution_role_arn=role_arn(self.scenario.account.id, function.execution_role),
            provider_arn=self._provider_arn(provider),
            lambda_principal=self._lambda.name,
        )
        caller = self._user(function.deployed_by)
        return NeededCall(f"create function {function.name}", caller, tuple(checks))

    def _publish(self, function: Function) -> NeededCall:
        check = AuthorizationCheck("lambda:PublishVersion", self._function_arn(function))
        caller = self._user(function.deployed_by)
        return NeededCall(f"publish function {function.name}", caller, (check,))

    def _assume(self, provider: CapacityProvider, arn: str, label: str) -> NeededCall:
        role = self.principals.role_of_arn(arn)
        assert role is not None, "the scenario was validated"
        source = {
            "aws:SourceArn": (self._provider_arn(provider),),
            "aws:SourceAccount": (self.scenario.account.id,),
        }
        return NeededCall(
            f"assume the {label}",
            self._lambda,
            (AuthorizationCheck("sts:AssumeRole", arn, source),),
            trust_policy=self.principals.trust_policy(role, now_us=0),
        )

    def _launches(self, provider: CapacityProvider) -> Iterator[NeededCall]:
        caller = self._session(self._operator_role_arn(provider))
        describes = tuple(describe_check(action, self._place) for action in least_describes())
        yield NeededCall("look before launching", caller, describes)
        for subnet in provider.subnets:
            for instance_type in self._types(provider):
                request = self._launch_request(provider, subnet, instance_type)
                checks = run_instances_checks(request, self._place)
                yield NeededCall(
                    "launch instances", caller, tuple(checks), detail=instance_type.name
                )
        yield NeededCall("attach network interfaces", caller, self._interface_checks(provider))

    def _interface_checks(self, provider: CapacityProvider) -> tuple[AuthorizationCheck, ...]:
        """What the minimum policy grants besides the launch itself."""
        region = {"ec2:Region": (self.scenario.region,)}
        operator = {"ec2:ManagedResourceOperator": (self._operator,)}
        attach = [
            AuthorizationCheck(
                "ec2:AttachNetworkInterface", self._place.arn(kind, "*"), region | operator
            )
            for kind in ("instance", "network-interface")
        ]
        create = [
            AuthorizationCheck("ec2:CreateNetworkInterface", self._place.arn(kind, name), region)
            for kind, names in (
                ("subnet", provider.subnets),
                ("security-group", provider.security_groups),
            )
            for name in names
        ]
        return (*attach, *create)

    def _write_logs(self, provider: CapacityProvider) -> NeededCall:
        """System logs: without the permission they are silently absent."""
        account, region = self.scenario.account.id, self.scenario.region
        group = f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/capacity-provider/"
        group += provider.name
        stream = f"{group}:log-stream:{provider.name}/managed-instances"
        return NeededCall(
            "write system logs",
            self._session(self._operator_role_arn(provider)),
            (
                AuthorizationCheck("logs:CreateLogGroup", group),
                AuthorizationCheck("logs:CreateLogStream", stream),
                AuthorizationCheck("logs:PutLogEvents", stream),
            ),
            is_needed=False,
        )

    def _terminations(self, provider: CapacityProvider) -> Iterator[NeededCall]:
        yield self._assume(provider, self.linked_role.arn, SERVICE_LINKED_ROLE)
        context = {
            "ec2:Region": (self.scenario.region,),
            "ec2:ManagedResourceOperator": (self._operator,),
            f"aws:ResourceTag/{self._tag_key}": (self._provider_arn(provider),),
        }
        checks = (
            describe_check("ec2:DescribeInstances", self._place),
            AuthorizationCheck("ec2:TerminateInstances", self._place.arn("instance", "*"), context),
        )
        yield NeededCall("terminate instances", self._session(self.linked_role.arn), checks)

    def _launch_request(
        self, provider: CapacityProvider, subnet: str, instance_type: InstanceType
    ) -> RunInstancesRequest:
        zones = {s.id: s.availability_zone for s in self.scenario.network.subnets}
        return RunInstancesRequest(
            instance_type=instance_type.name,
            count=1,
            subnet=subnet,
            vpc=self.scenario.network.vpc,
            availability_zone=zones[subnet],
            security_groups=provider.security_groups,
            image=IMAGE_ID,
            image_owner=self.facts.text("managed_instance.image_owner"),
            operator=self._operator,
            tags={self._tag_key: self._provider_arn(provider)},
        )

    def _types(self, provider: CapacityProvider) -> list[InstanceType]:
        """Every type that some function of the provider might be given, by name."""
        wanted = provider.instance_requirements
        requirements = instance_requirements(
            self.facts,
            architecture=wanted.architecture.value,
            allowed=wanted.allowed_instance_types,
            excluded=wanted.excluded_instance_types,
        )
        choice = self.scenario.placement.instance_choice
        shapes = {
            EnvironmentShape(f.vcpu, f.memory): None
            for f in self.scenario.functions
            if f.capacity_provider == provider.name
        }
        found = {
            t.name: t
            for shape in shapes
            for t in choice.candidates(instance_types().values(), requirements, shape)
        }
        return [found[name] for name in sorted(found)]

    def _provider(self, name: str) -> CapacityProvider:
        return next(p for p in self.scenario.capacity_providers if p.name == name)

    def _provider_arn(self, provider: CapacityProvider) -> str:
        return capacity_provider_arn(self.scenario.region, self.scenario.account.id, provider.name)

    def _function_arn(self, function: Function) -> str:
        return function_arn(self.scenario.region, self.scenario.account.id, function.name)

    def _operator_role_arn(self, provider: CapacityProvider) -> str:
        return role_arn(self.scenario.account.id, provider.operator_role)

    def _user(self, name: str | None) -> Caller:
        assert name is not None, "the scenario is resolved"
        caller = self.principals.user_caller(name)
        assert caller is not None, "the scenario was validated"
        return caller

    def _session(self, arn: str) -> Caller:
        role = self.principals.role_of_arn(arn)
        assert role is not None, "the scenario was validated"
        return self.principals.session(role, "AWSLambda-Preflight", expires_us=0)

    @property
    def _lambda(self) -> Caller:
        name = self.facts.text("lambda.service_principal")
        return service_caller(name, self.scenario.account.id)

    @property
    def _place(self) -> Ec2Place:
        return Ec2Place(self.scenario.region, self.scenario.account.id)

    @property
    def _operator(self) -> str:
        return self.facts.text("managed_instance.operator")

    @property
    def _tag_key(self) -> str:
        return self.facts.text("managed_instance.capacity_provider_tag")
