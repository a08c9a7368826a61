"""What an operator role may be asked, finitely: the calls of a life, and some it must not have."""

from collections.abc import Iterable, Iterator, Mapping

from sim.assembly.operator_policy import all_describes
from sim.engine.ec2_authorization import Ec2Place, RunInstancesRequest, run_instances_checks
from sim.facts import catalogue
from sim.iam import Policy
from sim.iam.difference import RequestTemplate
from sim.model.authorization import AuthorizationCheck
from sim.model.identifiers import session_arn

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
"""Where the compared requests play; policies that name others are asked about those too."""

_SUBNET, _GROUP, _IMAGE, _INSTANCE_TYPE = "subnet-1", "sg-1", "ami-1", "m8g.xlarge"
_NOT_GRANTED = (
    ("ec2:TerminateInstances", "instance"),
    ("ec2:StopInstances", "instance"),
    ("ec2:ModifyInstanceAttribute", "instance"),
    ("ec2:CreateNetworkInterface", "network-interface"),
    ("ec2:DeleteNetworkInterface", "network-interface"),
    ("ec2:RunInstances", "key-pair"),
    ("ec2:RunInstances", "launch-template"),
    ("ec2:RunInstances", "placement-group"),
)
"""What the operator role's managed policy leaves out, by contrast with what it grants."""

_NEVER_DESCRIBED = (
    "ec2:DescribeImages",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcs",
)
"""Looks that no version of that policy grants."""
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def launch_templates(policies: Iterable[Policy]) -> tuple[RequestTemplate, ...]:
    """Request templates on which two operator policies are compared.

    Every check of a launch is asked as Lambda asks it, and again with each of its keys varied;
    resources that the policies name are asked about beside the plain ones.
    """
    named = list(dict.fromkeys(_named_resources(policies)))
    return tuple(_templates(named))


def _templates(named: list[str]) -> Iterator[RequestTemplate]:
    place = Ec2Place(REGION, ACCOUNT_ID)
    for check in _granted(place):
        for resource in _alike(check.resource, named):
            yield _template(check.action, resource, context=check.context)
            yield _template(check.action, resource, varying=tuple(check.context))
    for action, kind in _NOT_GRANTED:
        operator = ("ec2:ManagedResourceOperator",)
        for resource in _alike(place.arn(kind, "*"), named):
            yield _template(action, resource, varying=operator)
    for action in (*all_describes(), *_NEVER_DESCRIBED):
        yield _template(action, "*")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/aws/lambda/capacity-provider/web"
    for action in _LOGS:
        stream = "" if action == _LOGS[0] else ":log-stream:web/managed-instances"
        yield _template(action, group + stream)
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/any"
    yield _template("iam:PassRole", role, varying=("iam:PassedToService",))


def _granted(place: Ec2Place) -> Iterator[AuthorizationCheck]:
    facts = catalogue()
    operator = facts.text("managed_instance.operator")
    request = RunInstancesRequest(
        instance_type=_INSTANCE_TYPE,
        count=1,
        subnet=_SUBNET,
        vpc="vpc-1",
        availability_zone=f"{REGION}a",
        security_groups=(_GROUP,),
        image=_IMAGE,
        image_owner=facts.text("managed_instance.image_owner"),
        operator=operator,
        tags={facts.text("managed_instance.capacity_provider_tag"): "any"},
    )
    yield from run_instances_checks(request, place)
    context = {"ec2:ManagedResourceOperator": (operator,)}
    for kind in ("instance", "network-interface"):
        yield AuthorizationCheck("ec2:AttachNetworkInterface", place.arn(kind, "*"), context)
    for kind, name in (("subnet", _SUBNET), ("security-group", _GROUP)):
        yield AuthorizationCheck("ec2:CreateNetworkInterface", place.arn(kind, name), {})


def _template(
    action: str,
    resource: str,
    *,
    context: Mapping[str, tuple[str, ...]] | None = None,
    varying: tuple[str, ...] = (),
) -> RequestTemplate:
    return RequestTemplate(
        principal=session_arn(ACCOUNT_ID, "OperatorRole", "session"),
        action=action,
        resource=resource,
        context=context or {},
        varying=varying,
    )


def _alike(resource: str, named: list[str]) -> list[str]:
    """The resource, and those of its kind that the policies name."""
    kind = resource.rpartition(":")[2].partition("/")[0]
    of_kind = [arn for arn in named if arn.rpartition(":")[2].partition("/")[0] == kind]
    return list(dict.fromkeys((resource, *of_kind)))


def _named_resources(policies: Iterable[Policy]) -> Iterator[str]:
    """ARNs without wildcards in the resources of policies."""
    for policy in policies:
        for statement in _listed(policy.document["Statement"]):
            assert isinstance(statement, Mapping), "the document was parsed"
            for element in ("Resource", "NotResource"):
                for text in map(str, _listed(statement.get(element, []))):
                    if text.startswith("arn:") and not {"*", "?", "$"} & set(text):
                        yield text


def _listed(written: object) -> list[object]:
    return list(written) if isinstance(written, list | tuple) else [written]
