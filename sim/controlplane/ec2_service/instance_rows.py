"""How EC2 shows instances and their parts, with the filters that its Describe calls have."""

from collections.abc import Mapping
from typing import Final

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.network_rows import tag_list
from sim.controlplane.ec2_service.zones import zone_id
from sim.engine.ec2 import SeenInstance
from sim.engine.ec2_laws import Instance
from sim.engine.ec2_network_interfaces import NetworkInterface
from sim.engine.ec2_status_checks import InstanceStatus, StatusCheck
from sim.engine.ec2_volumes import Volume
from sim.model.managed_instance import ManagedInstance
from sim.model.network import SecurityGroup

STATE_CODES: Final = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
"""`InstanceState.Code` by name. Source: EC2 API Reference, InstanceState."""

_DEVICES = "abcdefghijklmnopqrstuvwxyz"


def shows_managed(account: Account) -> bool:
    """Whether lists show managed resources to whoever does not ask for them."""
    chosen = account.world.ec2.shows_managed
    if chosen is None:
        return account.facts.text("ec2.managed_resource_visibility") == "visible"
    return chosen


def operator_of(account: Account, operator: str | None) -> dict[str, object]:
    """The `Operator` member of anything that a service may operate."""
    if operator is None:
        return {"Managed": False}
    return {
        "Managed": True,
        "Principal": operator,
        "HiddenByDefault": not shows_managed(account),
    }


def state_of(name: str) -> dict[str, object]:
    """A state as answers have it."""
    return {"Code": STATE_CODES[name], "Name": name}


def instance_row(account: Account, seen: SeenInstance) -> Row:
    """An instance as an answer of this instant shows it; parts as long as it has them."""
    instance = seen.instance
    operator = operator_of(account, instance.operator)
    shown: dict[str, object] = {
        "InstanceId": instance.instance_id,
        "InstanceType": instance.instance_type.name,
        "ImageId": instance.image,
        "Architecture": instance.instance_type.architecture,
        "LaunchTime": account.calendar(instance.launched_us),
        "State": state_of(seen.state.ec2_state),
        "Placement": {
            "AvailabilityZone": instance.availability_zone,
            "AvailabilityZoneId": zone_id(instance.availability_zone),
            "Tenancy": "default",
        },
        "Monitoring": {"State": "disabled"},
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Operator": operator,
        "Tags": tag_list(instance.tags),
    }
    if instance.state_reason is not None:
        reason = instance.state_reason
        shown["StateReason"] = {"Code": reason.code, "Message": reason.message}
    if instance.state.value != "terminated":
        shown |= _parts(account, instance, operator)
    return shown


def _parts(
    account: Account, instance: Instance, operator: Mapping[str, object]
) -> dict[str, object]:
    """What is made and goes with an instance, and is operated with it."""
    laws = account.world.ec2.laws
    interface = laws.network_interfaces.of(instance.instance_id)
    return {
        "SubnetId": instance.subnet,
        "VpcId": laws.vpc_of_subnet(instance.subnet),
        "PrivateIpAddress": interface.private_address,
        "SecurityGroups": _groups(account, interface),
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": interface.network_interface_id,
                "PrivateIpAddress": interface.private_address,
                "SubnetId": interface.subnet,
                "VpcId": laws.vpc_of_subnet(interface.subnet),
                "Status": "in-use",
                "Operator": operator,
            }
        ],
        "BlockDeviceMappings": [
            {
                "DeviceName": f"/dev/xvd{letter}",
                "Ebs": {
                    "VolumeId": volume.volume_id,
                    "Status": "attached",
                    "DeleteOnTermination": True,
                    "Operator": operator,
                },
            }
            for letter, volume in zip(_DEVICES, laws.volumes.of(instance.instance_id), strict=False)
        ],
    }


INSTANCE_FILTERS: Final = {
    "architecture": "Architecture",
    "availability-zone": "Placement.AvailabilityZone",
    "block-device-mapping.volume-id": "BlockDeviceMappings.Ebs.VolumeId",
    "image-id": "ImageId",
    "instance-id": "InstanceId",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "instance-type": "InstanceType",
    "instance.group-id": "SecurityGroups.GroupId",
    "instance.group-name": "SecurityGroups.GroupName",
    "launch-time": "LaunchTime",
    "network-interface.network-interface-id": "NetworkInterfaces.NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "private-ip-address": "PrivateIpAddress",
    "state-reason-code": "StateReason.Code",
    "subnet-id": "SubnetId",
    "tenancy": "Placement.Tenancy",
    "vpc-id": "VpcId",
}


def _groups(account: Account, interface: NetworkInterface) -> list[dict[str, str]]:
    network = account.world.ec2.laws.network
    found = [network.find(SecurityGroup, group) for group in interface.security_groups]
    return [{"GroupId": g.identifier, "GroupName": g.name} for g in found if g is not None]


def status_row(account: Account, seen: SeenInstance) -> Row:
    """What the status checks of an instance say."""
    instance, checks = seen.instance, account.world.ec2.laws.status_checks
    status, failed = _customer_status(instance), list[StatusCheck]()
    if isinstance(instance, ManagedInstance):
        status, failed = checks.status(instance), checks.failed_checks(instance)
    return {
        "InstanceId": instance.instance_id,
        "AvailabilityZone": instance.availability_zone,
        "AvailabilityZoneId": zone_id(instance.availability_zone),
        "InstanceState": state_of(seen.state.ec2_state),
        "InstanceStatus": _summary(status, is_failed=StatusCheck.INSTANCE in failed),
        "SystemStatus": _summary(status, is_failed=StatusCheck.SYSTEM in failed),
        "Operator": operator_of(account, instance.operator),
        "Events": _events(account, instance),
    }


STATUS_FILTERS: Final = {
    "availability-zone": "AvailabilityZone",
    "event.code": "Events.Code",
    "instance-state-code": "InstanceState.Code",
    "instance-state-name": "InstanceState.Name",
    "instance-status.status": "InstanceStatus.Status",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "system-status.status": "SystemStatus.Status",
}


def _customer_status(instance: Instance) -> InstanceStatus:
    """Nothing ever fails on a customer's own instance."""
    is_running = instance.state.value == "running"
    return InstanceStatus.OK if is_running else InstanceStatus.NOT_APPLICABLE


def _summary(status: InstanceStatus, *, is_failed: bool) -> dict[str, object]:
    if status in (InstanceStatus.OK, InstanceStatus.IMPAIRED):
        status = InstanceStatus.IMPAIRED if is_failed else InstanceStatus.OK
    word = {
        InstanceStatus.OK: "passed",
        InstanceStatus.IMPAIRED: "failed",
        InstanceStatus.INITIALIZING: "initializing",
    }.get(status)
    details = [{"Name": "reachability", "Status": word}] if word else []
    return {"Status": status.value, "Details": details}


def _events(account: Account, instance: Instance) -> list[dict[str, object]]:
    if not isinstance(instance, ManagedInstance):
        return []
    announced = account.world.ec2.laws.scheduled_events.announced(instance, now_us=account.now_us)
    return [
        {
            "Code": "instance-retirement",
            "Description": "The instance is running on degraded hardware",
            "NotBefore": account.calendar(event.not_before_us),
        }
        for event in announced
    ]


def interface_row(account: Account, interface: NetworkInterface) -> Row:
    """A network interface; that of a gateway or endpoint is managed by AWS's requester."""
    laws = account.world.ec2.laws
    subnet = laws.subnet(interface.subnet)
    kind, is_instance = "interface", interface.holder.startswith("i-")
    if not is_instance:
        kind = "nat_gateway" if interface.holder.startswith("nat-") else "vpc_endpoint"
    shown: dict[str, object] = {
        "NetworkInterfaceId": interface.network_interface_id,
        "InterfaceType": kind,
        "Status": "in-use",
        "SubnetId": interface.subnet,
        "VpcId": laws.vpc_of_subnet(interface.subnet),
        "AvailabilityZone": subnet.availability_zone if subnet else "",
        "PrivateIpAddress": interface.private_address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": interface.private_address}],
        "Groups": _groups(account, interface),
        "Description": "" if is_instance else f"Interface for {interface.holder}",
        "OwnerId": account.account_id,
        "RequesterManaged": not is_instance,
        "Operator": operator_of(account, interface.operator),
        "TagSet": tag_list(interface.tags),
    }
    attachment: dict[str, object] = {
        "Status": "attached",
        "DeleteOnTermination": True,
        "AttachTime": account.calendar(interface.created_us),
        "DeviceIndex": 0,
    }
    if is_instance:
        attachment["InstanceId"] = interface.holder
    return {**shown, "Attachment": attachment}


INTERFACE_FILTERS: Final = {
    "attachment.instance-id": "Attachment.InstanceId",
    "availability-zone": "AvailabilityZone",
    "description": "Description",
    "group-id": "Groups.GroupId",
    "group-name": "Groups.GroupName",
    "interface-type": "InterfaceType",
    "network-interface-id": "NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": "OwnerId",
    "private-ip-address": "PrivateIpAddress",
    "requester-managed": "RequesterManaged",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def volume_row(account: Account, volume: Volume) -> Row:
    """A volume; of what size it is nobody says."""
    return {
        "VolumeId": volume.volume_id,
        "AvailabilityZone": volume.availability_zone,
        "State": "in-use",
        "VolumeType": "gp3",
        "Encrypted": True,
        "CreateTime": account.calendar(volume.created_us),
        "Attachments": [
            {
                "VolumeId": volume.volume_id,
                "InstanceId": volume.instance_id,
                "State": "attached",
                "DeleteOnTermination": True,
                "AttachTime": account.calendar(volume.created_us),
            }
        ],
        "Operator": operator_of(account, volume.operator),
        "Tags": tag_list(volume.tags),
    }


VOLUME_FILTERS: Final = {
    "attachment.delete-on-termination": "Attachments.DeleteOnTermination",
    "attachment.instance-id": "Attachments.InstanceId",
    "attachment.status": "Attachments.State",
    "availability-zone": "AvailabilityZone",
    "encrypted": "Encrypted",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "status": "State",
    "volume-id": "VolumeId",
    "volume-type": "VolumeType",
}
