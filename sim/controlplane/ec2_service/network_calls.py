"""Calls that make and delete VPCs, subnets and security groups."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import network_inputs as inputs
from sim.controlplane.ec2_service.acting import new_tags, refusal_of_new, refusal_on
from sim.controlplane.ec2_service.errors import missing
from sim.controlplane.ec2_service.listing import place_of
from sim.controlplane.ec2_service.network_rows import subnet_row, tag_list, vpc_row
from sim.controlplane.ec2_service.zones import zone_names
from sim.controlplane.operation import Operation
from sim.engine.ec2_network_acts import NetworkActs, SubnetOrder
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.network import NetworkSubnet, SecurityGroup, TrafficRule, Vpc


class RuleChange(Protocol):
    """An act that changes the rules of a security group in one direction."""

    def __call__(
        self,
        acts: NetworkActs,
        identifier: str,
        rules: Sequence[TrafficRule],
        /,
        *,
        is_egress: bool,
    ) -> ApiError | None:
        """Change them, all or none."""
        ...


def create_vpc(account: Account, call: Call, request: inputs.CreateVpc) -> ApiResult:
    """Make a VPC with its main route table and its default security group."""
    tags = new_tags(request, Vpc.kind)
    error = refusal_of_new(account, call, request, Vpc)
    if error:
        return error
    if not request.cidr_block:
        return missing("cidrBlock")
    most = account.facts.integer("vpc.vpcs_max")
    vpc = _acts(account).create_vpc(request.cidr_block, tags, most=most)
    return vpc if isinstance(vpc, ApiError) else ApiSuccess({"Vpc": vpc_row(account, vpc)})


def delete_vpc(account: Account, call: Call, request: inputs.NamedVpc) -> ApiResult:
    """Delete a VPC that holds nothing but what it came with."""
    error = refusal_on(account, call, request, (Vpc, request.vpc_id))
    return error or _acts(account).delete_vpc(request.vpc_id) or ApiSuccess()


def create_subnet(account: Account, call: Call, request: inputs.CreateSubnet) -> ApiResult:
    """Make a subnet of a VPC; its addresses can be had at once."""
    tags = new_tags(request, NetworkSubnet.kind)
    error = refusal_of_new(account, call, request, NetworkSubnet, (Vpc, request.vpc_id))
    if error:
        return error
    if not request.cidr_block:
        return missing("cidrBlock")
    subnet = _acts(account).create_subnet(
        SubnetOrder(request.vpc_id, request.cidr_block, request.availability_zone, tags),
        zones=zone_names(account),
        reserved=account.facts.integer("vpc.subnet_reserved_addresses"),
    )
    if isinstance(subnet, ApiError):
        return subnet
    return ApiSuccess({"Subnet": subnet_row(account, subnet)})


def delete_subnet(account: Account, call: Call, request: inputs.NamedSubnet) -> ApiResult:
    """Delete a subnet in which no interface is left."""
    error = refusal_on(account, call, request, (NetworkSubnet, request.subnet_id))
    return error or _acts(account).delete_subnet(request.subnet_id) or ApiSuccess()


def create_group(account: Account, call: Call, request: inputs.CreateSecurityGroup) -> ApiResult:
    """Make a security group that lets everything out and nothing in."""
    tags = new_tags(request, SecurityGroup.kind)
    error = refusal_of_new(account, call, request, SecurityGroup, (Vpc, request.vpc_id or "*"))
    if error:
        return error
    if not request.vpc_id:
        return ApiError("VPCIdNotSpecified", "No default VPC for this user")
    group = _acts(account).create_security_group(
        vpc=request.vpc_id,
        name=request.group_name,
        description=request.description,
        tags=tags,
    )
    if isinstance(group, ApiError):
        return group
    return ApiSuccess(
        {
            "GroupId": group.identifier,
            "SecurityGroupArn": place_of(account).arn(group.kind, group.identifier),
            "Tags": tag_list(tags),
        }
    )


def delete_group(account: Account, call: Call, request: inputs.NamedSecurityGroup) -> ApiResult:
    """Delete a security group that nothing names."""
    error = refusal_on(account, call, request, (SecurityGroup, request.group_id or "*"))
    if error is None and not request.group_id:
        error = missing("groupId")
    error = error or _acts(account).delete_security_group(request.group_id)
    return error or ApiSuccess({"Return": True, "GroupId": request.group_id})


def _changes_rules(change: RuleChange, *, is_egress: bool) -> Operation:
    """A call that adds or takes off rules of a group in one direction."""

    def handler(
        account: Account, call: Call, request: inputs.IngressRules | inputs.EgressRules
    ) -> ApiResult:
        rules = _rules(request.ip_permissions)
        error = refusal_on(account, call, request, (SecurityGroup, request.group_id or "*"))
        if error is None and not request.group_id:
            error = missing("groupId")
        if error is None and not rules:
            error = missing("ipPermissions")
        error = error or change(_acts(account), request.group_id, rules, is_egress=is_egress)
        return error or ApiSuccess({"Return": True})

    return Operation(handler)


def _rules(permissions: Sequence[inputs.IpPermission]) -> list[TrafficRule]:
    """One rule per peer."""
    return [
        TrafficRule(
            protocol=permission.ip_protocol or "-1",
            from_port=permission.from_port,
            to_port=permission.to_port,
            peer=peer,
        )
        for permission in permissions
        for peer in (
            *(r.cidr_ip for r in permission.ip_ranges),
            *(p.group_id for p in permission.user_id_group_pairs),
            *(p.prefix_list_id for p in permission.prefix_list_ids),
        )
        if peer
    ]


def _acts(account: Account) -> NetworkActs:
    return account.world.ec2.laws.network_acts


OPERATIONS: Mapping[str, Operation] = {
    "ec2:CreateVpc": Operation(create_vpc),
    "ec2:DeleteVpc": Operation(delete_vpc),
    "ec2:CreateSubnet": Operation(create_subnet),
    "ec2:DeleteSubnet": Operation(delete_subnet),
    "ec2:CreateSecurityGroup": Operation(create_group),
    "ec2:DeleteSecurityGroup": Operation(delete_group),
    "ec2:AuthorizeSecurityGroupIngress": _changes_rules(NetworkActs.authorize, is_egress=False),
    "ec2:RevokeSecurityGroupIngress": _changes_rules(NetworkActs.revoke, is_egress=False),
    "ec2:AuthorizeSecurityGroupEgress": _changes_rules(NetworkActs.authorize, is_egress=True),
    "ec2:RevokeSecurityGroupEgress": _changes_rules(NetworkActs.revoke, is_egress=True),
}
