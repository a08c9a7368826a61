"""The network as people build it: what is made, what is counted, what is refused in which words."""

from aws_examples import IMAGE
from network_words import Network
from small_worlds import (
    CREATE_PROVIDER,
    a_bare_world,
    a_running_world,
    a_world,
    allow,
    document,
    granted,
    refused,
)

from sim.model.journal_entries import NetworkChanged


def test_the_network_of_the_scenario_is_there():
    """VPC, subnets with their ranges, groups, a main route table and a default group."""
    network = Network()
    (vpc,) = network.make("DescribeVpcs")["Vpcs"]
    assert (vpc["VpcId"], vpc["CidrBlock"]) == ("vpc-main", "10.0.0.0/23")
    subnets = network.make("DescribeSubnets")["Subnets"]
    assert [(s["SubnetId"], s["CidrBlock"]) for s in subnets] == [
        ("subnet-a", "10.0.0.0/24"),
        ("subnet-b", "10.0.1.0/24"),
    ]
    groups = network.make("DescribeSecurityGroups")["SecurityGroups"]
    assert {g["GroupName"] for g in groups} == {"default", "sg-functions"}
    (table,) = network.make("DescribeRouteTables")["RouteTables"]
    assert table["Associations"][0]["Main"]
    assert table["Routes"][0]["GatewayId"] == "local"


def test_a_vpc_comes_and_goes_with_what_it_came_with():
    """A new VPC has a main table and a default group; both go with it, and all is written down."""
    network = Network()
    vpc = network.vpc()
    inside = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
    assert len(network.make("DescribeRouteTables", **inside)["RouteTables"]) == 1
    assert len(network.make("DescribeSecurityGroups", **inside)["SecurityGroups"]) == 1
    network.make("DeleteVpc", VpcId=vpc)
    assert network.make("DescribeRouteTables", **inside)["RouteTables"] == []
    told = network.world.entries(NetworkChanged, vpc=vpc)
    assert [e.change for e in told] == ["created"] * 3 + ["deleted"] * 3


def test_the_addresses_of_a_subnet_are_true_at_every_instant():
    """Instances, NAT gateways and interface endpoints take one each and give it back."""
    network = Network()
    vpc = network.vpc()
    subnet = network.subnet(vpc)
    assert network.free(subnet) == 11
    nat = network.nat(subnet)
    endpoint = network.make(
        "CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
    )["VpcEndpoint"]["VpcEndpointId"]
    network.make(
        "RunInstances",
        ImageId=IMAGE,
        InstanceType="m8g.large",
        MinCount=2,
        MaxCount=2,
        SubnetId=subnet,
    )
    assert network.free(subnet) == 7
    network.make("DeleteNatGateway", NatGatewayId=nat)
    network.make("DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    assert network.free(subnet) == 9
    assert network.world.system.observers.report().violations == ()


def test_a_full_subnet_takes_no_gateway_and_no_instance():
    """Without a free address a launch and a NAT gateway are refused in EC2's words."""
    network = Network()
    subnet = network.subnet(network.vpc())
    laws = network.world.system.world.ec2.laws
    laws.network_interfaces.occupy(subnet, 11)
    answer = network.ask("CreateNatGateway", SubnetId=subnet, ConnectivityType="private")
    refused(answer, "InsufficientFreeAddressesInSubnet", "The specified subnet does not have")
    launch = {"ImageId": IMAGE, "InstanceType": "m8g.large", "MinCount": 1, "MaxCount": 1}
    answer = network.ask("RunInstances", SubnetId=subnet, **launch)
    refused(answer, "InsufficientFreeAddressesInSubnet", "There are not enough free addresses")


def test_a_subnet_lies_in_a_zone_of_the_region():
    """The first zone is taken without a name; a wrong one is answered with those there are."""
    network = Network()
    vpc = network.vpc()
    made = network.make("CreateSubnet", VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]
    assert (made["AvailabilityZone"], made["AvailabilityZoneId"]) == ("us-east-1a", "use1-az1")
    answer = network.ask(
        "CreateSubnet", VpcId=vpc, CidrBlock="10.1.1.0/24", AvailabilityZone="eu-west-1a"
    )
    refused(answer, "InvalidParameterValue", "zones: us-east-1a, us-east-1b, us-east-1c.")


def test_what_holds_something_is_not_deleted():
    """Subnets with interfaces, groups that rules name, gateways and tables in use stay."""
    network = Network()
    vpc = network.vpc()
    subnet = network.subnet(vpc)
    nat, gateway, table = network.nat(subnet), network.gateway(vpc), network.table(vpc)
    association = network.make("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    refused(network.ask("DeleteSubnet", SubnetId=subnet), "DependencyViolation", subnet)
    refused(network.ask("DeleteVpc", VpcId=vpc), "DependencyViolation", vpc)
    refused(network.ask("DeleteInternetGateway", InternetGatewayId=gateway), "DependencyViolation")
    refused(network.ask("DeleteRouteTable", RouteTableId=table), "DependencyViolation", table)
    network.make("DeleteNatGateway", NatGatewayId=nat)
    network.make("DisassociateRouteTable", AssociationId=association["AssociationId"])
    network.make("DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    network.make("DeleteInternetGateway", InternetGatewayId=gateway)
    network.make("DeleteRouteTable", RouteTableId=table)
    network.make("DeleteSubnet", SubnetId=subnet)
    network.make("DeleteVpc", VpcId=vpc)


def test_a_group_that_a_rule_names_stays():
    """A reference from another group's rule is a dependent object, until it is revoked."""
    network = Network()
    one, other = network.group(name="one"), network.group(name="other")
    peers = {"UserIdGroupPairs": [{"GroupId": one}]}
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peers}]
    network.make("AuthorizeSecurityGroupIngress", GroupId=other, IpPermissions=rule)
    refused(
        network.ask("DeleteSecurityGroup", GroupId=one),
        "DependencyViolation",
        f"resource {one} has a dependent object",
    )
    shown = network.make("DescribeSecurityGroups", GroupIds=[other])["SecurityGroups"][0]
    assert shown["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == one
    network.make("RevokeSecurityGroupIngress", GroupId=other, IpPermissions=rule)
    assert network.make("DeleteSecurityGroup", GroupId=one) == {"Return": True, "GroupId": one}


def test_groups_and_subnets_of_a_running_fleet_stay():
    """Interfaces of managed instances hold their subnet and their security group."""
    network = Network(a_running_world())
    refused(network.ask("DeleteSubnet", SubnetId="subnet-a"), "DependencyViolation")
    refused(network.ask("DeleteSecurityGroup", GroupId="sg-functions"), "DependencyViolation")


def test_a_subnet_that_was_deleted_starts_no_launch():
    """Without interfaces it may go; the next launch there is refused as InvalidSubnet."""
    network = Network(a_world(has_functions=False).at("10s"))
    network.make("DeleteSubnet", SubnetId="subnet-a")
    session = network.world.operator_session()
    refused(network.world.try_launch(session), "InvalidSubnetID.NotFound", "'subnet-a'")


def test_routes_tell_where_they_lead_and_when_nowhere():
    """A route to a NAT gateway is active; without the gateway it is a blackhole."""
    network = Network()
    vpc = network.vpc()
    nat, table = network.nat(network.subnet(vpc)), network.table(vpc)
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    network.make("CreateRoute", **route, NatGatewayId=nat)
    refused(
        network.ask("CreateRoute", **route, NatGatewayId=nat),
        "RouteAlreadyExists",
        "The route identified by 0.0.0.0/0 already exists.",
    )
    network.make("DeleteNatGateway", NatGatewayId=nat)
    shown = network.make("DescribeRouteTables", RouteTableIds=[table])["RouteTables"][0]
    assert [r["State"] for r in shown["Routes"]] == ["active", "blackhole"]
    network.make("DeleteRoute", **route)


def test_a_subnet_has_one_table_of_its_own_vpc():
    """A second association, or one across VPCs, is refused; a deleted subnet leaves none."""
    network = Network()
    vpc = network.vpc()
    subnet, table = network.subnet(vpc), network.table(vpc)
    network.make("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    again = network.ask("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    refused(again, "Resource.AlreadyAssociated", "conflicts with an existing association")
    across = network.ask("AssociateRouteTable", RouteTableId=table, SubnetId="subnet-a")
    refused(across, "InvalidParameterValue", "belong to different networks")
    network.make("DeleteSubnet", SubnetId=subnet)
    shown = network.make("DescribeRouteTables", RouteTableIds=[table])["RouteTables"][0]
    assert shown["Associations"] == []


def test_a_gateway_serves_one_vpc():
    """Attached twice, or a second one to the same VPC, is refused; so is a wrong detachment."""
    network = Network()
    vpc = network.vpc()
    gateway, spare = network.gateway(vpc), network.gateway()
    named = {"InternetGatewayId": gateway, "VpcId": vpc}
    refused(network.ask("AttachInternetGateway", **named), "Resource.AlreadyAssociated")
    answer = network.ask("AttachInternetGateway", InternetGatewayId=spare, VpcId=vpc)
    refused(answer, "InvalidParameterValue", "already has an internet gateway attached")
    answer = network.ask("DetachInternetGateway", InternetGatewayId=spare, VpcId=vpc)
    refused(answer, "Gateway.NotAttached", f"resource {spare} is not attached to network {vpc}")


def test_a_public_address_is_held_by_its_gateway():
    """It shows the interface that has it, and is released only without a gateway."""
    network = Network()
    vpc = network.vpc()
    subnet, gateway = network.subnet(vpc), network.gateway(vpc)
    allocation = network.make("AllocateAddress")["AllocationId"]
    made = network.make("CreateNatGateway", SubnetId=subnet, AllocationId=allocation)["NatGateway"]
    assert made["NatGatewayAddresses"][0]["PublicIp"] == "203.0.113.1"
    (shown,) = network.make("DescribeAddresses", AllocationIds=[allocation])["Addresses"]
    assert shown["PrivateIpAddress"] == made["NatGatewayAddresses"][0]["PrivateIp"]
    refused(network.ask("ReleaseAddress", AllocationId=allocation), "InvalidIPAddress.InUse")
    again = network.ask("CreateNatGateway", SubnetId=subnet, AllocationId=allocation)
    refused(again, "Resource.AlreadyAssociated", "is already associated")
    detached = network.ask("DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    refused(detached, "DependencyViolation", "has some mapped public address(es)")
    network.make("DeleteNatGateway", NatGatewayId=made["NatGatewayId"])
    network.make("ReleaseAddress", AllocationId=allocation)


def test_vpcs_and_public_addresses_have_quotas():
    """Five of each in an account and Region."""
    network = Network()
    for number in range(4):
        network.vpc(f"10.{number + 1}.0.0/16")
    refused(network.ask("CreateVpc", CidrBlock="10.9.0.0/16"), "VpcLimitExceeded")
    for _ in range(5):
        network.make("AllocateAddress")
    refused(network.ask("AllocateAddress"), "AddressLimitExceeded")


def test_a_dry_run_only_asks():
    """Permitted, it says so as an error; not permitted, it is denied; nothing is made."""
    network = Network()
    before = network.world.state()
    request = {"CidrBlock": "10.1.0.0/16", "DryRun": True}
    refused(network.ask("CreateVpc", **request), "DryRunOperation", "DryRun flag is set")
    refused(network.world.call("ec2:CreateVpc", request, by="nobody"), "UnauthorizedOperation")
    refused(network.ask("DescribeVpcs", DryRun=True), "DryRunOperation")
    assert network.world.state() == before


def tagged(kind, **tags):
    """Tags for what a call makes."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": pairs}]


def test_tags_put_on_at_once_need_a_permission_of_their_own():
    """CreateTags is asked with the action that makes; a condition on the tag decides."""
    only_web = {"StringEquals": {"aws:RequestTag/team": "web"}}
    with_action = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    policy = document(
        allow("ec2:CreateVpc", condition=only_web), allow("ec2:CreateTags", condition=with_action)
    )
    world = a_bare_world(somebody=policy)
    request = {"CidrBlock": "10.1.0.0/16", "TagSpecifications": tagged("vpc", team="web")}
    vpc = granted(world.call("ec2:CreateVpc", request, by="somebody"))["Vpc"]
    assert vpc["Tags"] == [{"Key": "team", "Value": "web"}]
    other = {**request, "TagSpecifications": tagged("vpc", team="ops")}
    refused(world.call("ec2:CreateVpc", other, by="somebody"), "UnauthorizedOperation")
    create_subnet = {"VpcId": vpc["VpcId"], "CidrBlock": "10.1.0.0/24"}
    refused(world.call("ec2:CreateSubnet", create_subnet, by="somebody"), "UnauthorizedOperation")


def test_the_tags_of_a_resource_decide_who_may_delete_it():
    """A policy that wants a tag on the resource lets only tagged ones go."""
    tag = {"StringEquals": {"aws:ResourceTag/team": "web"}}
    world = a_bare_world(somebody=document(allow("ec2:DeleteVpc", condition=tag)))
    network = Network(world)
    bare = network.vpc()
    marked = network.make(
        "CreateVpc", CidrBlock="10.2.0.0/16", TagSpecifications=tagged("vpc", team="web")
    )["Vpc"]["VpcId"]
    refused(world.call("ec2:DeleteVpc", {"VpcId": bare}, by="somebody"), "UnauthorizedOperation")
    granted(world.call("ec2:DeleteVpc", {"VpcId": marked}, by="somebody"))


def test_a_tag_for_another_kind_is_refused():
    """Only what the call makes can be tagged by it."""
    network = Network()
    answer = network.ask(
        "CreateVpc", CidrBlock="10.1.0.0/16", TagSpecifications=tagged("subnet", team="web")
    )
    refused(answer, "InvalidParameterValue", "'subnet' is not a valid taggable resource type")


def test_a_provider_lies_in_one_vpc():
    """Subnets or groups of several VPCs make no provider."""
    network = Network(a_world(has_functions=False).at("10s"))
    vpc = network.vpc()
    elsewhere = [
        {"SubnetIds": ["subnet-a", network.subnet(vpc)], "SecurityGroupIds": []},
        {"SubnetIds": ["subnet-a"], "SecurityGroupIds": [network.group(vpc)]},
    ]
    for config in elsewhere:
        request = {**CREATE_PROVIDER, "CapacityProviderName": "other", "VpcConfig": config}
        answer = network.world.call("lambda:CreateCapacityProvider", request)
        refused(answer, "InvalidParameterValueException", "must belong to the same VPC")


def test_a_provider_can_run_in_a_network_that_calls_made():
    """A VPC, a subnet and a group made at run time serve a capacity provider and its instances."""
    world = a_world(has_functions=False).at("10s")
    network = Network(world)
    vpc = network.vpc()
    subnet, group = network.subnet(vpc, "10.1.0.0/24"), network.group(vpc)
    session = world.operator_session()
    made = world.try_launch(session, subnet=subnet, vpc=vpc, security_groups=(group,))
    assert [i.subnet for i in made] == [subnet]
    assert network.free(subnet) == 250
    assert world.system.observers.report().violations == ()
