"""Short words for what tests build in the network of a small world."""

from small_worlds import a_bare_world, granted

VPC = {"VpcId": "vpc-main"}


class Network:
    """A bare world with short words for what is built in it."""

    def __init__(self, world=None):
        self.world = world or a_bare_world()

    def ask(self, operation, **request):
        """The answer to a call of EC2 by the administrator."""
        return self.world.call(f"ec2:{operation}", request)

    def make(self, operation, **request):
        """The output of a call that succeeds."""
        return granted(self.ask(operation, **request))

    def vpc(self, cidr="10.1.0.0/16"):
        """Identifier of a new VPC."""
        return self.make("CreateVpc", CidrBlock=cidr)["Vpc"]["VpcId"]

    def subnet(self, vpc, cidr="10.1.0.0/28", **more):
        """Identifier of a new subnet."""
        made = self.make("CreateSubnet", VpcId=vpc, CidrBlock=cidr, **more)
        return made["Subnet"]["SubnetId"]

    def gateway(self, vpc=None):
        """Identifier of a new internet gateway, attached to a VPC."""
        made = self.make("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
        if vpc:
            self.make("AttachInternetGateway", InternetGatewayId=made, VpcId=vpc)
        return made

    def table(self, vpc):
        """Identifier of a new route table."""
        return self.make("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]

    def group(self, vpc="vpc-main", name="web"):
        """Identifier of a new security group."""
        made = self.make("CreateSecurityGroup", VpcId=vpc, GroupName=name, Description="d")
        return made["GroupId"]

    def nat(self, subnet):
        """Identifier of a new private NAT gateway."""
        made = self.make("CreateNatGateway", SubnetId=subnet, ConnectivityType="private")
        return made["NatGateway"]["NatGatewayId"]

    def free(self, subnet):
        """AvailableIpAddressCount of a subnet."""
        shown = self.make("DescribeSubnets", SubnetIds=[subnet])["Subnets"]
        return shown[0]["AvailableIpAddressCount"]
