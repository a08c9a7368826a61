"""The Describe calls about instances, their parts, and what there is to choose from."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import instance_inputs as inputs
from sim.controlplane.ec2_service import instance_rows as rows
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.images import IMAGE_FILTERS, image_rows, is_owned_by
from sim.controlplane.ec2_service.listing import Listing, describe
from sim.controlplane.ec2_service.zones import zone_id, zone_names
from sim.controlplane.operation import Operation
from sim.facts import InstanceType, SizeClass
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import InstanceId

_TYPES_PAGE_MAX = 100
"""Source: EC2 API Reference, DescribeInstanceTypes."""


def describe_instances(
    account: Account, call: Call, request: inputs.DescribeInstances
) -> ApiResult:
    """Instances in their reservations; an answer may be a little behind the world."""
    answer = describe(account, call, request, _INSTANCES)
    if isinstance(answer, ApiError):
        return answer
    output = dict(answer.output)
    output["Reservations"] = _in_reservations(account, output["Reservations"])
    return ApiSuccess(output)


def describe_status(
    account: Account, call: Call, request: inputs.DescribeInstanceStatus
) -> ApiResult:
    """Status checks of instances that run, or of all."""
    return describe(account, call, request, _STATUSES)


def describe_interfaces(
    account: Account, call: Call, request: inputs.DescribeNetworkInterfaces
) -> ApiResult:
    """Network interfaces."""
    return describe(account, call, request, _INTERFACES)


def describe_volumes(account: Account, call: Call, request: inputs.DescribeVolumes) -> ApiResult:
    """EBS volumes."""
    return describe(account, call, request, _VOLUMES)


def describe_types(
    account: Account, call: Call, request: inputs.DescribeInstanceTypes
) -> ApiResult:
    """Instance types of the families that Lambda launches."""
    return describe(account, call, request, _TYPES)


def describe_offerings(
    account: Account, call: Call, request: inputs.DescribeInstanceTypeOfferings
) -> ApiResult:
    """Where instance types are offered."""
    return describe(account, call, request, _OFFERINGS)


def describe_images(account: Account, call: Call, request: inputs.DescribeImages) -> ApiResult:
    """Machine images."""
    return describe(account, call, request, _IMAGES)


def _is_shown(account: Account, request: Any, operator: str | None, *, is_named: bool) -> bool:
    """Whether a list shows what a service may operate: also by name, or when asked to."""
    is_asked = is_named or request.include_managed_resources
    return operator is None or is_asked or rows.shows_managed(account)


def _instances(account: Account, request: inputs.DescribeInstances) -> list[Row] | ApiError:
    seen = account.world.ec2.seen([InstanceId(i) for i in request.instance_ids])
    if isinstance(seen, ApiError):
        return seen
    named = bool(request.instance_ids)
    return [
        rows.instance_row(account, s)
        for s in seen
        if _is_shown(account, request, s.instance.operator, is_named=named)
    ]


def _in_reservations(account: Account, shown: Any) -> list[dict[str, object]]:
    """The instances of a page by the call that launched them."""
    found: dict[str, list[Row]] = {}
    for row in shown:
        instance = account.world.ec2.existing(InstanceId(row["InstanceId"]))
        found.setdefault(instance.reservation, []).append(row)
    return [
        {
            "ReservationId": reservation,
            "OwnerId": account.account_id,
            "Groups": [],
            "Instances": instances,
        }
        for reservation, instances in found.items()
    ]


def _statuses(account: Account, request: inputs.DescribeInstanceStatus) -> list[Row] | ApiError:
    seen = account.world.ec2.seen([InstanceId(i) for i in request.instance_ids])
    if isinstance(seen, ApiError):
        return seen
    named = bool(request.instance_ids)
    return [
        rows.status_row(account, s)
        for s in seen
        if (s.state.ec2_state == "running" or request.include_all_instances)
        and _is_shown(account, request, s.instance.operator, is_named=named)
    ]


def _interfaces(account: Account, request: inputs.DescribeNetworkInterfaces) -> Iterable[Row]:
    named = bool(request.network_interface_ids)
    return [
        rows.interface_row(account, interface)
        for interface in account.world.ec2.laws.network_interfaces.all()
        if _is_shown(account, request, interface.operator, is_named=named)
    ]


def _volumes(account: Account, request: inputs.DescribeVolumes) -> Iterable[Row]:
    named = bool(request.volume_ids)
    return [
        rows.volume_row(account, volume)
        for volume in account.world.ec2.laws.volumes.all()
        if _is_shown(account, request, volume.operator, is_named=named)
    ]


def _types(account: Account, _: inputs.DescribeInstanceTypes) -> Iterable[Row]:
    return [_type_row(t) for t in account.world.settings.instance_types.values()]


def _type_row(instance_type: InstanceType) -> Row:
    return {
        "InstanceType": instance_type.name,
        "CurrentGeneration": True,
        "FreeTierEligible": False,
        "BareMetal": instance_type.size_class is SizeClass.METAL,
        "BurstablePerformanceSupported": False,
        "ProcessorInfo": {"SupportedArchitectures": [instance_type.architecture]},
        "VCpuInfo": {"DefaultVCpus": instance_type.vcpu},
        "MemoryInfo": {"SizeInMiB": instance_type.memory_mib},
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedUsageClasses": ["on-demand"],
        "SupportedVirtualizationTypes": ["hvm"],
    }


def _offerings(account: Account, request: inputs.DescribeInstanceTypeOfferings) -> list[Row]:
    offered = account.world.ec2.laws.offerings
    zones = zone_names(account)
    return [
        {"InstanceType": name, "LocationType": request.location_type, "Location": location}
        for name in account.world.settings.instance_types
        for location in _locations(
            account, request.location_type, [z for z in zones if offered.has(name, z)]
        )
    ]


def _locations(account: Account, location_type: str, zones: list[str]) -> list[str]:
    match location_type:
        case "region":
            return [account.region] if zones else []
        case "availability-zone":
            return zones
        case "availability-zone-id":
            return [zone_id(zone) for zone in zones]
        case _:
            return []


def _images(account: Account, request: inputs.DescribeImages) -> list[Row]:
    owners = request.owners
    return [r for r in image_rows(account) if not owners or is_owned_by(account, r, owners)]


def _no_such_type(name: str) -> ApiError:
    return ApiError(
        "InvalidInstanceType",
        f"The following supplied instance types do not exist: [{name}]",
    )


def _offering_key(row: Row) -> str:
    return f"{row['InstanceType']} {row['Location']}"


_INSTANCES = Listing(
    "Reservations",
    _instances,
    rows.INSTANCE_FILTERS,
    name="InstanceId",
    wanted="instance_ids",
    knows_names=True,
)
_STATUSES = Listing(
    "InstanceStatuses",
    _statuses,
    rows.STATUS_FILTERS,
    name="InstanceId",
    wanted="instance_ids",
    knows_names=True,
)
_INTERFACES = Listing(
    "NetworkInterfaces",
    _interfaces,
    rows.INTERFACE_FILTERS,
    name="NetworkInterfaceId",
    wanted="network_interface_ids",
)
_VOLUMES = Listing("Volumes", _volumes, rows.VOLUME_FILTERS, name="VolumeId", wanted="volume_ids")
_TYPES = Listing(
    "InstanceTypes",
    _types,
    {
        "bare-metal": "BareMetal",
        "burstable-performance-supported": "BurstablePerformanceSupported",
        "current-generation": "CurrentGeneration",
        "instance-type": "InstanceType",
        "memory-info.size-in-mib": "MemoryInfo.SizeInMiB",
        "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
        "vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus",
    },
    name="InstanceType",
    wanted="instance_types",
    nobody=_no_such_type,
    page_max=_TYPES_PAGE_MAX,
)
_OFFERINGS = Listing(
    "InstanceTypeOfferings",
    _offerings,
    {"instance-type": "InstanceType", "location": "Location"},
    key=_offering_key,
    page_max=1000,
)
_IMAGES = Listing("Images", _images, IMAGE_FILTERS, name="ImageId", wanted="image_ids")

OPERATIONS: Mapping[str, Operation] = {
    "ec2:DescribeInstances": Operation(describe_instances),
    "ec2:DescribeInstanceStatus": Operation(describe_status),
    "ec2:DescribeNetworkInterfaces": Operation(describe_interfaces),
    "ec2:DescribeVolumes": Operation(describe_volumes),
    "ec2:DescribeInstanceTypes": Operation(describe_types),
    "ec2:DescribeInstanceTypeOfferings": Operation(describe_offerings),
    "ec2:DescribeImages": Operation(describe_images),
}
