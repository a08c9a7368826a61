"""The Describe calls about instances, their parts, and what there is to choose from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sim.controlplane.account import Account
from sim.controlplane.ec2_service import instance_inputs as inputs
from sim.controlplane.ec2_service import instance_rows as rows
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.images import IMAGE_FILTERS, image_row, images, is_owned_by
from sim.controlplane.ec2_service.input_shapes import Listed
from sim.controlplane.ec2_service.listing import Listing, listed
from sim.controlplane.ec2_service.zones import zone_id, zone_names
from sim.controlplane.operation import Operation
from sim.engine.ec2 import SeenInstance
from sim.engine.ec2_network_interfaces import NetworkInterface
from sim.engine.ec2_not_found import no_such_instance
from sim.engine.ec2_volumes import Volume
from sim.facts import InstanceType, SizeClass
from sim.model.api_results import ApiError
from sim.model.identifiers import InstanceId
from sim.model.machine_image import MachineImage

_TYPES_PAGE_MAX = 100
"""Source: EC2 API Reference, DescribeInstanceTypes."""


def _instances(account: Account, _: Listed) -> Iterable[SeenInstance]:
    return account.world.ec2.all_seen()


def _instance(account: Account, name: str) -> SeenInstance | None:
    return account.world.ec2.sight(InstanceId(name))


def _instance_id(seen: SeenInstance) -> str:
    return seen.instance.instance_id


def _is_instance_shown(
    account: Account,
    request: inputs.DescribeInstances | inputs.DescribeInstanceStatus,
    seen: SeenInstance,
) -> bool:
    return _is_shown(account, request, seen.instance.operator, request.instance_ids)


def _is_status_shown(
    account: Account, request: inputs.DescribeInstanceStatus, seen: SeenInstance
) -> bool:
    is_meant = seen.state.ec2_state == "running" or request.include_all_instances
    return is_meant and _is_instance_shown(account, request, seen)


def _is_shown(account: Account, request: Any, operator: str | None, named: Sequence[str]) -> bool:
    """Whether a list shows what a service may operate: also by name, or when asked to."""
    is_asked = bool(named) or request.include_managed_resources
    return operator is None or is_asked or rows.shows_managed(account)


def _in_reservations(account: Account, shown: Sequence[Row]) -> list[dict[str, object]]:
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


def _interfaces(account: Account, _: Listed) -> Iterable[NetworkInterface]:
    return account.world.ec2.laws.network_interfaces.all()


def _interface_id(interface: NetworkInterface) -> str:
    return interface.network_interface_id


def _is_interface_shown(
    account: Account, request: inputs.DescribeNetworkInterfaces, interface: NetworkInterface
) -> bool:
    return _is_shown(account, request, interface.operator, request.network_interface_ids)


def _volumes(account: Account, _: Listed) -> Iterable[Volume]:
    return account.world.ec2.laws.volumes.all()


def _volume_id(volume: Volume) -> str:
    return volume.volume_id


def _is_volume_shown(account: Account, request: inputs.DescribeVolumes, volume: Volume) -> bool:
    return _is_shown(account, request, volume.operator, request.volume_ids)


def _types(account: Account, _: Listed) -> Iterable[InstanceType]:
    return account.world.settings.instance_types.values()


def _type(account: Account, name: str) -> InstanceType | None:
    return account.world.settings.instance_types.get(name)


def _type_name(instance_type: InstanceType) -> str:
    return instance_type.name


def _type_row(_: Account, instance_type: InstanceType) -> Row:
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


def _no_such_type(name: str) -> ApiError:
    return ApiError(
        "InvalidInstanceType",
        f"The following supplied instance types do not exist: [{name}]",
    )


def _offerings(
    account: Account, request: inputs.DescribeInstanceTypeOfferings
) -> Iterator[tuple[str, str, str]]:
    """Type, sort of place, and place."""
    offered = account.world.ec2.laws.offerings
    zones = zone_names(account)
    for name in account.world.settings.instance_types:
        having = [zone for zone in zones if offered.has(name, zone)]
        for place in _places(account, request.location_type, having):
            yield name, request.location_type, place


def _places(account: Account, location_type: str, zones: list[str]) -> list[str]:
    match location_type:
        case "region":
            return [account.region] if zones else []
        case "availability-zone":
            return zones
        case "availability-zone-id":
            return [zone_id(zone) for zone in zones]
        case _:
            return []


def _offering_key(offering: tuple[str, str, str]) -> str:
    return f"{offering[0]} {offering[2]}"


def _offering_row(_: Account, offering: tuple[str, str, str]) -> Row:
    name, location_type, place = offering
    return {"InstanceType": name, "LocationType": location_type, "Location": place}


def _images(account: Account, request: inputs.DescribeImages) -> list[MachineImage]:
    owners = request.owners
    return [i for i in images(account) if not owners or is_owned_by(account, i, owners)]


def _image_id(image: MachineImage) -> str:
    return image.image_id


OPERATIONS: Mapping[str, Operation] = {
    "ec2:DescribeInstances": listed(
        Listing(
            "Reservations",
            _instances,
            _instance_id,
            rows.instance_row,
            rows.INSTANCE_FILTERS,
            wanted="instance_ids",
            find=_instance,
            nobody=no_such_instance,
            is_shown=_is_instance_shown,
            told=_in_reservations,
        )
    ),
    "ec2:DescribeInstanceStatus": listed(
        Listing(
            "InstanceStatuses",
            _instances,
            _instance_id,
            rows.status_row,
            rows.STATUS_FILTERS,
            wanted="instance_ids",
            find=_instance,
            nobody=no_such_instance,
            is_shown=_is_status_shown,
        )
    ),
    "ec2:DescribeNetworkInterfaces": listed(
        Listing(
            "NetworkInterfaces",
            _interfaces,
            _interface_id,
            rows.interface_row,
            rows.INTERFACE_FILTERS,
            wanted="network_interface_ids",
            is_shown=_is_interface_shown,
        )
    ),
    "ec2:DescribeVolumes": listed(
        Listing(
            "Volumes",
            _volumes,
            _volume_id,
            rows.volume_row,
            rows.VOLUME_FILTERS,
            wanted="volume_ids",
            is_shown=_is_volume_shown,
        )
    ),
    "ec2:DescribeInstanceTypes": listed(
        Listing(
            "InstanceTypes",
            _types,
            _type_name,
            _type_row,
            {
                "bare-metal": "BareMetal",
                "burstable-performance-supported": "BurstablePerformanceSupported",
                "current-generation": "CurrentGeneration",
                "instance-type": "InstanceType",
                "memory-info.size-in-mib": "MemoryInfo.SizeInMiB",
                "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
                "vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus",
            },
            wanted="instance_types",
            find=_type,
            nobody=_no_such_type,
            page_max=_TYPES_PAGE_MAX,
        )
    ),
    "ec2:DescribeInstanceTypeOfferings": listed(
        Listing(
            "InstanceTypeOfferings",
            _offerings,
            _offering_key,
            _offering_row,
            {"instance-type": "InstanceType", "location": "Location"},
            page_max=1000,
        )
    ),
    "ec2:DescribeImages": listed(
        Listing("Images", _images, _image_id, image_row, IMAGE_FILTERS, wanted="image_ids")
    ),
}
