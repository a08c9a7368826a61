"""What IAM is asked before EC2 acts: one check per resource of a call, each with its own context.

Source: Service Authorization Reference for Amazon EC2; only the keys listed there are sent, so that
a policy with a condition on a key that a resource does not have decides as it does in AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.customer_instance import CustomerInstance
from sim.model.identifiers import ec2_arn
from sim.model.managed_instance import ManagedInstance

Context = dict[str, tuple[str, ...]]

_TAGGED_AT_LAUNCH = ("instance", "network-interface", "volume")
_ROOT_VOLUME_TYPE = "gp3"


@dataclass(frozen=True, slots=True)
class RunInstancesRequest:
    """The parameters of RunInstances known here; one network interface and encrypted volumes."""

    instance_type: str
    count: int
    """`MaxCount`."""
    subnet: str
    vpc: str
    availability_zone: str
    security_groups: tuple[str, ...]
    image: str
    image_owner: str
    """Empty when there is no such image: then the condition key is absent."""
    operator: str | None
    """`Operator.Principal` of the request; surfaces as the key `ec2:ManagedResourceOperator`."""
    tags: Mapping[str, str]
    is_image_public: bool = True
    """Whether everybody may use the image."""
    count_min: int | None = None
    """`MinCount`: a launch of fewer is refused; None for as many as `count`."""
    client_token: str = ""
    """`ClientToken`, which makes a repeated request harmless; empty for none."""

    def fewest(self) -> int:
        """The smallest number of instances with which the caller is served."""
        return self.count if self.count_min is None else self.count_min


@dataclass(frozen=True, slots=True)
class Ec2Place:
    """The account and Region in which EC2 resources have their ARNs."""

    region: str
    account_id: str

    def arn(self, kind: str, identifier: str) -> str:
        """ARN of an EC2 resource here."""
        return ec2_arn(self.region, self.account_id, kind, identifier)


def run_instances_checks(
    request: RunInstancesRequest, place: Ec2Place
) -> tuple[AuthorizationCheck, ...]:
    """Every authorization that one RunInstances call needs; one refusal refuses the whole call."""
    contexts = _launch_contexts(request, place)
    resources = [
        ("image", request.image),
        ("instance", "*"),
        ("network-interface", "*"),
        ("volume", "*"),
        ("subnet", request.subnet),
        *(("security-group", group) for group in request.security_groups),
    ]
    launches = [
        AuthorizationCheck("ec2:RunInstances", place.arn(kind, identifier), contexts[kind])
        for kind, identifier in resources
    ]
    return (*launches, *_create_tags_checks(request, place, contexts))


def _create_tags_checks(
    request: RunInstancesRequest, place: Ec2Place, contexts: Mapping[str, Context]
) -> list[AuthorizationCheck]:
    """Tags put on at launch need `ec2:CreateTags` once per tagged resource; no tags, no check."""
    if not request.tags:
        return []
    return [
        AuthorizationCheck(
            "ec2:CreateTags",
            place.arn(kind, "*"),
            contexts[kind] | {"ec2:CreateAction": ("RunInstances",)},
        )
        for kind in _TAGGED_AT_LAUNCH
    ]


def _launch_contexts(request: RunInstancesRequest, place: Ec2Place) -> dict[str, Context]:
    region: Context = {"ec2:Region": (place.region,)}
    zone: Context = {"ec2:AvailabilityZone": (request.availability_zone,)}
    vpc: Context = {"ec2:Vpc": (place.arn("vpc", request.vpc),)}
    launched = region | zone | _operator_key(request.operator) | _tag_keys(request.tags)
    return {
        "image": region | _image_keys(request),
        "instance": launched
        | {
            "ec2:InstanceType": (request.instance_type,),
            "ec2:Tenancy": ("default",),
            "ec2:EbsOptimized": ("true",),
            "ec2:RootDeviceType": ("ebs",),
            "ec2:MetadataHttpTokens": ("required",),
        },
        "network-interface": launched
        | vpc
        | {
            "ec2:Subnet": (place.arn("subnet", request.subnet),),
            "ec2:AssociatePublicIpAddress": ("false",),
        },
        "volume": launched | {"ec2:Encrypted": ("true",), "ec2:VolumeType": (_ROOT_VOLUME_TYPE,)},
        "subnet": region | zone | vpc | {"ec2:SubnetID": (request.subnet,)},
        "security-group": region | vpc,
    }


def terminate_instance_check(
    instance: ManagedInstance | CustomerInstance, place: Ec2Place
) -> AuthorizationCheck:
    """The authorization that TerminateInstances needs for one instance."""
    return instance_check("ec2:TerminateInstances", instance, place)


def instance_check(
    action: str, instance: ManagedInstance | CustomerInstance, place: Ec2Place
) -> AuthorizationCheck:
    """The authorization that an action on an existing instance needs."""
    context: Context = {
        "ec2:Region": (place.region,),
        "ec2:AvailabilityZone": (instance.availability_zone,),
        "ec2:InstanceType": (instance.instance_type.name,),
        "ec2:Tenancy": ("default",),
    }
    context |= _operator_key(instance.operator)
    context |= {f"aws:ResourceTag/{key}": (value,) for key, value in sorted(instance.tags.items())}
    arn = place.arn("instance", instance.instance_id)
    return AuthorizationCheck(action, arn, context)


def describe_check(action: str, place: Ec2Place) -> AuthorizationCheck:
    """Describe calls have no resource of their own: the request's resource is the text `*`."""
    return AuthorizationCheck(action, "*", {"ec2:Region": (place.region,)})


def unauthorized(denial: Denial) -> ApiError:
    """EC2's answer to a denied call."""
    message = f"You are not authorized to perform this operation. {denial.sentence}"
    return ApiError("UnauthorizedOperation", message, denial.encoded_message)


def _image_keys(request: RunInstancesRequest) -> Context:
    """The keys about an image; of one that is not there EC2 knows nothing."""
    if not request.image_owner:
        return {}
    return {
        "ec2:Owner": (request.image_owner,),
        "ec2:ImageType": ("machine",),
        "ec2:Public": (str(request.is_image_public).lower(),),
        "ec2:RootDeviceType": ("ebs",),
    }


def _operator_key(operator: str | None) -> Context:
    return {} if operator is None else {"ec2:ManagedResourceOperator": (operator,)}


def _tag_keys(tags: Mapping[str, str]) -> Context:
    if not tags:
        return {}
    context: Context = {f"aws:RequestTag/{key}": (value,) for key, value in sorted(tags.items())}
    context["aws:TagKeys"] = tuple(sorted(tags))
    return context
