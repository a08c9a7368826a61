"""Calls that make and delete VPCs, subnets and security groups."""

from collections.abc import Mapping, Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import network_inputs as inputs
from sim.controlplane.ec2_service.acting import new_tags, new_tags_refusal, refusal
from sim.controlplane.ec2_service.checks import on_new, on_record
from sim.controlplane.ec2_service.errors import missing
from sim.controlplane.ec2_service.listing import place_of
from sim.controlplane.ec2_service.network_rows import subnet_row, tag_list, vpc_row
from sim.controlplane.ec2_service.zones import zone_names
from sim.controlplane.operation import Operation
from sim.engine.ec2_network_acts import NetworkActs, SubnetOrder
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.network import NetworkSubnet, SecurityGroup, TrafficRule, Vpc


def create_vpc(account: Account, call: Call, request: inputs.CreateVpc) -> ApiResult:
    """Make a VPC with its main route table and its default security group."""
    tags = new_tags(request, Vpc.kind)
    error = refusal(
        account, call, request, on_new(account, call.operation, Vpc.kind, tags)
    ) or new_tags_refusal(account, request, Vpc.kind)
    if error:
        return error
    if not request.cidr_block:
        return missing("cidrBlock")
    most = account.facts.integer("vpc.vpcs_max")
    vpc = _acts(account).create_vpc(request.cidr_block, tags, most=most)
    return vpc if isinstance(vpc, ApiError) else ApiSuccess({"Vpc": vpc_row(account, vpc)})


def delete_vpc(account: Account, call: Call, request: inputs.NamedVpc) -> ApiResult:
    """Delete a VPC that holds nothing but what it came with."""
    check = on_record(account, call.operation, Vpc, request.vpc_id)
    error = refusal(account, call, request, [check])
    return error or _acts(account).delete_vpc(request.vpc_id) or ApiSuccess()


def create_subnet(account: Account, call: Call, request: inputs.CreateSubnet) -> ApiResult:
    """Make a subnet of a VPC; its addresses can be had at once."""
    tags = new_tags(request, NetworkSubnet.kind)
    checks = [
        *on_new(account, call.operation, NetworkSubnet.kind, tags),
        on_record(account, call.operation, Vpc, request.vpc_id),
    ]
    error = refusal(account, call, request, checks) or new_tags_refusal(
        account, request, NetworkSubnet.kind
    )
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
    check = on_record(account, call.operation, NetworkSubnet, request.subnet_id)
    error = refusal(account, call, request, [check])
    return error or _acts(account).delete_subnet(request.subnet_id) or ApiSuccess()


def create_group(account: Account, call: Call, request: inputs.CreateSecurityGroup) -> ApiResult:
    """Make a security group that lets everything out and nothing in."""
    tags = new_tags(request, SecurityGroup.kind)
    checks = [
        *on_new(account, call.operation, SecurityGroup.kind, tags),
        on_record(account, call.operation, Vpc, request.vpc_id or "*"),
    ]
    error = refusal(account, call, request, checks) or new_tags_refusal(
        account, request, SecurityGroup.kind
    )
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
    check = on_record(account, call.operation, SecurityGroup, request.group_id or "*")
    error = refusal(account, call, request, [check])
    if error is None and not request.group_id:
        error = missing("groupId")
    error = error or _acts(account).delete_security_group(request.group_id)
    return error or ApiSuccess({"Return": True, "GroupId": request.group_id})


def authorize_ingress(account: Account, call: Call, request: inputs.IngressRules) -> ApiResult:
    """Let more in."""
    error = _rules_refusal(account, call, request)
    rules = _rules(request.ip_permissions)
    error = error or _acts(account).authorize(request.group_id, rules, is_egress=False)
    return error or ApiSuccess({"Return": True})


def revoke_ingress(account: Account, call: Call, request: inputs.IngressRules) -> ApiResult:
    """Let less in."""
    error = _rules_refusal(account, call, request)
    rules = _rules(request.ip_permissions)
    error = error or _acts(account).revoke(request.group_id, rules, is_egress=False)
    return error or ApiSuccess({"Return": True})


def authorize_egress(account: Account, call: Call, request: inputs.EgressRules) -> ApiResult:
    """Let more out."""
    error = _rules_refusal(account, call, request)
    rules = _rules(request.ip_permissions)
    error = error or _acts(account).authorize(request.group_id, rules, is_egress=True)
    return error or ApiSuccess({"Return": True})


def revoke_egress(account: Account, call: Call, request: inputs.EgressRules) -> ApiResult:
    """Let less out."""
    error = _rules_refusal(account, call, request)
    rules = _rules(request.ip_permissions)
    error = error or _acts(account).revoke(request.group_id, rules, is_egress=True)
    return error or ApiSuccess({"Return": True})


def _rules_refusal(
    account: Account, call: Call, request: inputs.IngressRules | inputs.EgressRules
) -> ApiError | None:
    check = on_record(account, call.operation, SecurityGroup, request.group_id or "*")
    error = refusal(account, call, request, [check])
    if error:
        return error
    if not request.group_id:
        return missing("groupId")
    return None if _rules(request.ip_permissions) else missing("ipPermissions")


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
    "ec2:AuthorizeSecurityGroupIngress": Operation(authorize_ingress),
    "ec2:RevokeSecurityGroupIngress": Operation(revoke_ingress),
    "ec2:AuthorizeSecurityGroupEgress": Operation(authorize_egress),
    "ec2:RevokeSecurityGroupEgress": Operation(revoke_egress),
}
