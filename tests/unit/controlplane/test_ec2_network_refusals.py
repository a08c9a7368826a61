"""What cannot be done with the network, each in the words of EC2."""

import pytest
from network_words import VPC, Network
from small_worlds import refused

FIRST_SG = "sg-00000000000000001"
FIRST_RTB = "rtb-00000000000000001"
FIRST_RTBASSOC = "rtbassoc-00000000000000001"
"""What the VPC of the scenario came with."""


def everything(cidr):
    """A permission for all traffic with a range."""
    return {"IpProtocol": "-1", "IpRanges": [{"CidrIp": cidr}]}


@pytest.mark.parametrize(
    ("operation", "request_members", "code", "text"),
    [
        ("CreateVpc", {}, "MissingParameter", "must contain the parameter cidrBlock"),
        ("CreateVpc", {"CidrBlock": "x"}, "InvalidParameterValue", "not a valid CIDR block"),
        ("CreateVpc", {"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range", "'10.0.0.0/8' is invalid"),
        (
            "CreateSubnet",
            {"VpcId": "vpc-x", "CidrBlock": "10.0.2.0/24"},
            "InvalidVpcID.NotFound",
            "The vpc ID 'vpc-x' does not exist",
        ),
        ("CreateSubnet", {**VPC, "CidrBlock": "10.9.0.0/24"}, "InvalidSubnet.Range", "is invalid"),
        ("CreateSubnet", {**VPC, "CidrBlock": "10.0.0.0/29"}, "InvalidSubnet.Range", "is invalid"),
        (
            "CreateSubnet",
            {**VPC, "CidrBlock": "10.0.0.0/28"},
            "InvalidSubnet.Conflict",
            "conflicts with another subnet",
        ),
        (
            "CreateSecurityGroup",
            {"GroupName": "x", "Description": "x"},
            "VPCIdNotSpecified",
            "No default VPC for this user",
        ),
        (
            "CreateSecurityGroup",
            {**VPC, "GroupName": "default", "Description": "x"},
            "InvalidGroup.Duplicate",
            "already exists for VPC 'vpc-main'",
        ),
        ("DeleteSecurityGroup", {}, "MissingParameter", "groupId"),
        (
            "DeleteSecurityGroup",
            {"GroupId": "sg-x"},
            "InvalidGroup.NotFound",
            "The security group 'sg-x' does not exist",
        ),
        (
            "DeleteSecurityGroup",
            {"GroupId": FIRST_SG},
            "CannotDelete",
            "cannot be deleted by a user",
        ),
        (
            "DeleteSubnet",
            {"SubnetId": "subnet-x"},
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-x' does not exist",
        ),
        (
            "DeleteVpc",
            VPC,
            "DependencyViolation",
            "The vpc 'vpc-main' has dependencies and cannot be deleted.",
        ),
        ("DeleteVpc", {"VpcId": "vpc-x"}, "InvalidVpcID.NotFound", "'vpc-x'"),
        (
            "DeleteRouteTable",
            {"RouteTableId": "rtb-x"},
            "InvalidRouteTableID.NotFound",
            "The routeTable ID 'rtb-x' does not exist",
        ),
        ("DeleteRouteTable", {"RouteTableId": FIRST_RTB}, "DependencyViolation", "The routeTable"),
        ("CreateRoute", {"RouteTableId": "rtb-x"}, "MissingParameter", "gatewayId"),
        (
            "CreateRoute",
            {"RouteTableId": "rtb-x", "GatewayId": "igw-x"},
            "MissingParameter",
            "destinationCidrBlock",
        ),
        (
            "CreateRoute",
            {"RouteTableId": FIRST_RTB, "GatewayId": "igw-x", "DestinationCidrBlock": "0.0.0.0/0"},
            "InvalidGatewayID.NotFound",
            "igw-x",
        ),
        (
            "CreateRoute",
            {"RouteTableId": FIRST_RTB, "GatewayId": "igw-x", "DestinationCidrBlock": "all"},
            "InvalidParameterValue",
            "Value (all) for parameter destinationCidrBlock is invalid.",
        ),
        (
            "DeleteRoute",
            {"RouteTableId": FIRST_RTB, "DestinationCidrBlock": "0.0.0.0/0"},
            "InvalidRoute.NotFound",
            "no route with destination-cidr-block 0.0.0.0/0 in route table",
        ),
        ("AssociateRouteTable", {"RouteTableId": FIRST_RTB}, "MissingParameter", "subnetId"),
        (
            "DisassociateRouteTable",
            {"AssociationId": FIRST_RTBASSOC},
            "InvalidParameterValue",
            "main route table association",
        ),
        (
            "DisassociateRouteTable",
            {"AssociationId": "rtbassoc-x"},
            "InvalidAssociationID.NotFound",
            "The association ID 'rtbassoc-x' does not exist",
        ),
        (
            "AttachInternetGateway",
            {**VPC, "InternetGatewayId": "igw-x"},
            "InvalidInternetGatewayID.NotFound",
            "The internetGateway ID 'igw-x' does not exist",
        ),
        (
            "DeleteInternetGateway",
            {"InternetGatewayId": "igw-x"},
            "InvalidInternetGatewayID.NotFound",
            "igw-x",
        ),
        (
            "ReleaseAddress",
            {"AllocationId": "eipalloc-x"},
            "InvalidAllocationID.NotFound",
            "The allocation ID 'eipalloc-x' does not exist",
        ),
        ("CreateNatGateway", {"SubnetId": "subnet-a"}, "MissingParameter", "allocationId"),
        ("CreateNatGateway", {"ConnectivityType": "private"}, "MissingParameter", "subnetId"),
        (
            "CreateNatGateway",
            {"SubnetId": "subnet-a", "AllocationId": "eipalloc-x"},
            "InvalidAllocationID.NotFound",
            "eipalloc-x",
        ),
        (
            "DeleteNatGateway",
            {"NatGatewayId": "nat-x"},
            "NatGatewayNotFound",
            "NatGateway nat-x was not found",
        ),
        ("CreateVpcEndpoint", VPC, "MissingParameter", "serviceName"),
        (
            "CreateVpcEndpoint",
            {**VPC, "ServiceName": "s", "SubnetIds": ["subnet-x"]},
            "InvalidSubnetID.NotFound",
            "subnet-x",
        ),
        ("DescribeVpcs", {"VpcIds": ["vpc-x"]}, "InvalidVpcID.NotFound", "vpc-x"),
        ("DescribeSubnets", {"SubnetIds": ["subnet-x"]}, "InvalidSubnetID.NotFound", "subnet-x"),
        (
            "DescribeAvailabilityZones",
            {"ZoneNames": ["us-east-1x"]},
            "InvalidParameterValue",
            "Invalid availability zone: [us-east-1x]",
        ),
        (
            "RevokeSecurityGroupIngress",
            {"GroupId": "sg-functions", "IpPermissions": [everything("10.0.0.0/8")]},
            "InvalidPermission.NotFound",
            "does not exist in this security group",
        ),
        (
            "AuthorizeSecurityGroupEgress",
            {"GroupId": "sg-functions", "IpPermissions": [everything("0.0.0.0/0")]},
            "InvalidPermission.Duplicate",
            "already exists",
        ),
        (
            "AuthorizeSecurityGroupIngress",
            {"GroupId": "sg-functions"},
            "MissingParameter",
            "ipPermissions",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_ec2(operation, request_members, code, text):
    """Each refusal has EC2's code and words, and leaves everything as it was."""
    network = Network()
    before = network.world.state()
    refused(network.ask(operation, **request_members), code, text)
    assert network.world.state() == before
