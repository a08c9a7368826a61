"""The network against a small model of it: same answers, same counts, no error with effect."""

import ipaddress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from small_worlds import a_bare_world

from sim.model.api_results import ApiError

IMAGE = "ami-0000000000000000a"
RANGES = ["10.1.0.0/16", "10.2.0.0/24", "10.3.0.0/29", "nonsense", "10.0.0.0/8"]
PARTS = ["10.1.0.0/28", "10.1.0.16/28", "10.1.0.0/24", "10.2.0.0/25", "10.2.0.0/28", "10.9.0.0/28"]
picks = st.integers(0, 5)


@dataclass
class Model:
    """What there is, obviously: names with what they belong to, and how many hold an address."""

    vpcs: dict = field(default_factory=dict)
    """Range by VPC."""
    subnets: dict = field(default_factory=dict)
    """VPC and range by subnet."""
    groups: dict = field(default_factory=dict)
    """VPC and name by security group."""
    tables: dict = field(default_factory=dict)
    """VPC by route table."""
    associations: dict = field(default_factory=dict)
    """Table and subnet by association."""
    gateways: dict = field(default_factory=dict)
    """VPC, or none, by internet gateway."""
    nats: dict = field(default_factory=dict)
    """Subnet by NAT gateway."""
    used_groups: dict = field(default_factory=dict)
    """Subnet and group by instance."""

    def held(self, subnet):
        """Addresses of a subnet that something holds."""
        nats = sum(s == subnet for s in self.nats.values())
        return nats + sum(s == subnet for s, _ in self.used_groups.values())

    def size(self, subnet):
        """Addresses of a subnet that can be had."""
        return ipaddress.ip_network(self.subnets[subnet][1]).num_addresses - 5


class NetworkMachine(RuleBasedStateMachine):
    """Calls by the administrator, each done in the model too."""

    def __init__(self, **dials):
        super().__init__()
        self.world = a_bare_world(**dials)
        self.second = 10
        self.model = Model()

    @initialize()
    def take_over(self):
        """The model begins with what the scenario has."""
        self.model.vpcs["vpc-main"] = "10.0.0.0/23"
        self.model.subnets["subnet-a"] = ("vpc-main", "10.0.0.0/24")
        self.model.subnets["subnet-b"] = ("vpc-main", "10.0.1.0/24")
        self.model.groups["sg-functions"] = ("vpc-main", "sg-functions")

    def ask(self, operation, expected=None, **request):
        """Call, expect an error code or success, and see that an error changed nothing."""
        self.second += 1
        self.world.at(f"{self.second}s")
        before = self.world.state()
        answer = self.world.call(f"ec2:{operation}", request)
        if isinstance(answer, ApiError):
            assert answer.code == expected, (operation, request, answer)
            assert self.world.state() == before
            return None
        assert expected is None, (operation, request, answer, expected)
        return answer.output

    def some(self, known, pick, otherwise):
        """One of the known names, or one that never was."""
        names = sorted(known)
        return names[pick % len(names)] if names and pick < 5 else otherwise

    @rule(cidr=st.sampled_from(RANGES))
    def create_vpc(self, cidr):
        """Five at most, /16 to /28."""
        expected = None
        if cidr == "nonsense":
            expected = "InvalidParameterValue"
        elif not 16 <= int(cidr.partition("/")[2]) <= 28:
            expected = "InvalidVpc.Range"
        elif len(self.model.vpcs) >= 5:
            expected = "VpcLimitExceeded"
        output = self.ask("CreateVpc", expected, CidrBlock=cidr)
        if output:
            self.model.vpcs[output["Vpc"]["VpcId"]] = cidr

    @rule(pick=picks)
    def delete_vpc(self, pick):
        """Only an empty one."""
        vpc = self.some(self.model.vpcs, pick, "vpc-none")
        inside = [
            *(v for v, _ in self.model.subnets.values()),
            *(v for v, _ in self.model.groups.values()),
            *self.model.tables.values(),
            *self.model.gateways.values(),
        ]
        expected = None
        if vpc not in self.model.vpcs:
            expected = "InvalidVpcID.NotFound"
        elif vpc in inside:
            expected = "DependencyViolation"
        if self.ask("DeleteVpc", expected, VpcId=vpc) is not None:
            del self.model.vpcs[vpc]

    @rule(pick=picks, cidr=st.sampled_from(PARTS))
    def create_subnet(self, pick, cidr):
        """Inside its VPC, beside the others."""
        vpc = self.some(self.model.vpcs, pick, "vpc-none")
        mine = ipaddress.ip_network(cidr)
        expected = None
        if vpc not in self.model.vpcs:
            expected = "InvalidVpcID.NotFound"
        elif not mine.subnet_of(ipaddress.ip_network(self.model.vpcs[vpc])):
            expected = "InvalidSubnet.Range"
        elif any(
            mine.overlaps(ipaddress.ip_network(other))
            for its, other in self.model.subnets.values()
            if its == vpc
        ):
            expected = "InvalidSubnet.Conflict"
        output = self.ask("CreateSubnet", expected, VpcId=vpc, CidrBlock=cidr)
        if output:
            self.model.subnets[output["Subnet"]["SubnetId"]] = (vpc, cidr)

    @rule(pick=picks)
    def delete_subnet(self, pick):
        """Only without interfaces; associations go with it."""
        subnet = self.some(self.model.subnets, pick, "subnet-none")
        expected = None
        if subnet not in self.model.subnets:
            expected = "InvalidSubnetID.NotFound"
        elif self.model.held(subnet):
            expected = "DependencyViolation"
        if self.ask("DeleteSubnet", expected, SubnetId=subnet) is not None:
            del self.model.subnets[subnet]
            kept = {a: of for a, of in self.model.associations.items() if of[1] != subnet}
            self.model.associations = kept

    @rule(pick=picks, name=st.sampled_from(["web", "data", "default"]))
    def create_group(self, pick, name):
        """One of a name in a VPC; `default` is taken by what the VPC came with."""
        vpc = self.some(self.model.vpcs, pick, "vpc-none")
        expected = None
        if vpc not in self.model.vpcs:
            expected = "InvalidVpcID.NotFound"
        elif name == "default" or (vpc, name) in self.model.groups.values():
            expected = "InvalidGroup.Duplicate"
        output = self.ask(
            "CreateSecurityGroup", expected, VpcId=vpc, GroupName=name, Description="d"
        )
        if output:
            self.model.groups[output["GroupId"]] = (vpc, name)

    @rule(pick=picks)
    def delete_group(self, pick):
        """Only without instances in it."""
        group = self.some(self.model.groups, pick, "sg-none")
        expected = None
        if group not in self.model.groups:
            expected = "InvalidGroup.NotFound"
        elif any(g == group for _, g in self.model.used_groups.values()):
            expected = "DependencyViolation"
        if self.ask("DeleteSecurityGroup", expected, GroupId=group) is not None:
            del self.model.groups[group]

    @rule(pick=picks, place=picks)
    def launch(self, pick, place):
        """An instance takes an address of its subnet."""
        subnet = self.some(self.model.subnets, pick, "subnet-none")
        group = self.some(self.model.groups, place, "sg-none")
        expected = None
        known = subnet in self.model.subnets and group in self.model.groups
        if known and self.model.groups[group][0] != self.model.subnets[subnet][0]:
            expected = "InvalidParameter"
        elif subnet not in self.model.subnets:
            expected = "InvalidSubnetID.NotFound"
        elif group not in self.model.groups:
            expected = "InvalidGroup.NotFound"
        elif self.model.held(subnet) == self.model.size(subnet):
            expected = "InsufficientFreeAddressesInSubnet"
        output = self.ask(
            "RunInstances",
            expected,
            ImageId=IMAGE,
            InstanceType="m8g.large",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            SecurityGroupIds=[group],
        )
        if output:
            self.model.used_groups[output["Instances"][0]["InstanceId"]] = (subnet, group)

    @rule(pick=picks)
    def terminate(self, pick):
        """Its address comes back once it is terminated."""
        name = self.some(self.model.used_groups, pick, "i-none")
        expected = None if name in self.model.used_groups else "InvalidInstanceID.NotFound"
        if self.ask("TerminateInstances", expected, InstanceIds=[name]) is not None:
            self.second += 300
            self.world.at(f"{self.second}s")
            del self.model.used_groups[name]

    @rule(pick=picks)
    def create_nat(self, pick):
        """A gateway takes an address of its subnet."""
        subnet = self.some(self.model.subnets, pick, "subnet-none")
        expected = None
        if subnet not in self.model.subnets:
            expected = "InvalidSubnetID.NotFound"
        elif self.model.held(subnet) == self.model.size(subnet):
            expected = "InsufficientFreeAddressesInSubnet"
        output = self.ask("CreateNatGateway", expected, SubnetId=subnet, ConnectivityType="private")
        if output:
            self.model.nats[output["NatGateway"]["NatGatewayId"]] = subnet

    @rule(pick=picks)
    def delete_nat(self, pick):
        """It gives its address back at once."""
        nat = self.some(self.model.nats, pick, "nat-none")
        expected = None if nat in self.model.nats else "NatGatewayNotFound"
        if self.ask("DeleteNatGateway", expected, NatGatewayId=nat) is not None:
            del self.model.nats[nat]

    @rule(pick=picks)
    def create_table(self, pick):
        """A route table of a VPC."""
        vpc = self.some(self.model.vpcs, pick, "vpc-none")
        expected = None if vpc in self.model.vpcs else "InvalidVpcID.NotFound"
        output = self.ask("CreateRouteTable", expected, VpcId=vpc)
        if output:
            self.model.tables[output["RouteTable"]["RouteTableId"]] = vpc

    @rule(pick=picks, place=picks)
    def associate(self, pick, place):
        """One table for a subnet, of the same VPC."""
        table = self.some(self.model.tables, pick, "rtb-none")
        subnet = self.some(self.model.subnets, place, "subnet-none")
        expected = None
        if table not in self.model.tables:
            expected = "InvalidRouteTableID.NotFound"
        elif subnet not in self.model.subnets:
            expected = "InvalidSubnetID.NotFound"
        elif self.model.subnets[subnet][0] != self.model.tables[table]:
            expected = "InvalidParameterValue"
        elif any(of == subnet for _, of in self.model.associations.values()):
            expected = "Resource.AlreadyAssociated"
        output = self.ask("AssociateRouteTable", expected, RouteTableId=table, SubnetId=subnet)
        if output:
            self.model.associations[output["AssociationId"]] = (table, subnet)

    @rule(pick=picks)
    def disassociate(self, pick):
        """An association ends."""
        name = self.some(self.model.associations, pick, "rtbassoc-none")
        known = name in self.model.associations
        expected = None if known else "InvalidAssociationID.NotFound"
        if self.ask("DisassociateRouteTable", expected, AssociationId=name) is not None:
            del self.model.associations[name]

    @rule(pick=picks)
    def delete_table(self, pick):
        """Only one that holds for no subnet."""
        table = self.some(self.model.tables, pick, "rtb-none")
        expected = None
        if table not in self.model.tables:
            expected = "InvalidRouteTableID.NotFound"
        elif any(of == table for of, _ in self.model.associations.values()):
            expected = "DependencyViolation"
        if self.ask("DeleteRouteTable", expected, RouteTableId=table) is not None:
            del self.model.tables[table]

    @rule()
    def create_gateway(self):
        """An internet gateway without a VPC."""
        made = self.ask("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
        self.model.gateways[made] = None

    @rule(pick=picks, place=picks)
    def attach(self, pick, place):
        """A VPC has one gateway, a gateway one VPC."""
        gateway = self.some(self.model.gateways, pick, "igw-none")
        vpc = self.some(self.model.vpcs, place, "vpc-none")
        expected = None
        if gateway not in self.model.gateways:
            expected = "InvalidInternetGatewayID.NotFound"
        elif vpc not in self.model.vpcs:
            expected = "InvalidVpcID.NotFound"
        elif self.model.gateways[gateway]:
            expected = "Resource.AlreadyAssociated"
        elif vpc in self.model.gateways.values():
            expected = "InvalidParameterValue"
        named = {"InternetGatewayId": gateway, "VpcId": vpc}
        if self.ask("AttachInternetGateway", expected, **named) is not None:
            self.model.gateways[gateway] = vpc

    @rule(pick=picks)
    def detach(self, pick):
        """A gateway comes off the VPC it is attached to."""
        gateway = self.some(self.model.gateways, pick, "igw-none")
        vpc = self.model.gateways.get(gateway)
        expected = None
        if gateway not in self.model.gateways:
            expected = "InvalidInternetGatewayID.NotFound"
        elif vpc is None:
            expected = "Gateway.NotAttached"
        named = {"InternetGatewayId": gateway, "VpcId": vpc or "vpc-main"}
        if self.ask("DetachInternetGateway", expected, **named) is not None:
            self.model.gateways[gateway] = None

    @rule(pick=picks)
    def delete_gateway(self, pick):
        """Only one that is attached to nothing."""
        gateway = self.some(self.model.gateways, pick, "igw-none")
        expected = None
        if gateway not in self.model.gateways:
            expected = "InvalidInternetGatewayID.NotFound"
        elif self.model.gateways[gateway]:
            expected = "DependencyViolation"
        if self.ask("DeleteInternetGateway", expected, InternetGatewayId=gateway) is not None:
            del self.model.gateways[gateway]

    @invariant()
    def free_addresses_are_as_in_the_model(self):
        """AvailableIpAddressCount of every subnet, at every instant, and no other subnet."""
        free_count = self.world.system.world.ec2.free_address_count
        for subnet in self.model.subnets:
            assert free_count(subnet) == self.model.size(subnet) - self.model.held(subnet)

    def teardown(self):
        """Nobody who only read the journal saw a law broken."""
        assert self.world.system.observers.report().violations == ()


TestNetwork = NetworkMachine.TestCase
TestNetwork.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
