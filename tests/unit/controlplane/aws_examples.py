"""A well-formed request of every operation of EC2, CloudWatch, CloudWatch Logs and CloudTrail."""

LOG_GROUP = "/aws/lambda/capacity-provider/web"
LOG_STREAM = "web/managed-instances"
MANAGED = "i-00000000000000001"
IMAGE = "ami-0000000000000000a"
INVOCATIONS = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Invocations",
    "Dimensions": [{"Name": "FunctionName", "Value": "site"}],
}
EVERYTHING_IN = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


def metric_query(**changes):
    """A query of GetMetricData."""
    stat = {"Metric": INVOCATIONS, "Period": 60, "Stat": "Sum", **changes}
    return {"Id": "m1", "MetricStat": stat}


EC2 = {
    "ec2:CreateVpc": {"CidrBlock": "10.1.0.0/16"},
    "ec2:DescribeVpcs": {},
    "ec2:DeleteVpc": {"VpcId": "vpc-main"},
    "ec2:CreateSubnet": {"VpcId": "vpc-main", "CidrBlock": "10.0.2.0/24"},
    "ec2:DescribeSubnets": {},
    "ec2:DeleteSubnet": {"SubnetId": "subnet-a"},
    "ec2:CreateSecurityGroup": {"GroupName": "web", "Description": "web", "VpcId": "vpc-main"},
    "ec2:DescribeSecurityGroups": {},
    "ec2:DeleteSecurityGroup": {"GroupId": "sg-functions"},
    "ec2:AuthorizeSecurityGroupIngress": {
        "GroupId": "sg-functions",
        "IpPermissions": [EVERYTHING_IN],
    },
    "ec2:RevokeSecurityGroupIngress": {
        "GroupId": "sg-functions",
        "IpPermissions": [EVERYTHING_IN],
    },
    "ec2:AuthorizeSecurityGroupEgress": {
        "GroupId": "sg-functions",
        "IpPermissions": [EVERYTHING_IN],
    },
    "ec2:RevokeSecurityGroupEgress": {
        "GroupId": "sg-functions",
        "IpPermissions": [EVERYTHING_IN],
    },
    "ec2:DescribeAvailabilityZones": {},
    "ec2:CreateRouteTable": {"VpcId": "vpc-main"},
    "ec2:DescribeRouteTables": {},
    "ec2:DeleteRouteTable": {"RouteTableId": "rtb-none"},
    "ec2:CreateRoute": {
        "RouteTableId": "rtb-none",
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": "igw-none",
    },
    "ec2:DeleteRoute": {"RouteTableId": "rtb-none", "DestinationCidrBlock": "0.0.0.0/0"},
    "ec2:AssociateRouteTable": {"RouteTableId": "rtb-none", "SubnetId": "subnet-a"},
    "ec2:DisassociateRouteTable": {"AssociationId": "rtbassoc-none"},
    "ec2:CreateInternetGateway": {},
    "ec2:AttachInternetGateway": {"InternetGatewayId": "igw-none", "VpcId": "vpc-main"},
    "ec2:DetachInternetGateway": {"InternetGatewayId": "igw-none", "VpcId": "vpc-main"},
    "ec2:DescribeInternetGateways": {},
    "ec2:DeleteInternetGateway": {"InternetGatewayId": "igw-none"},
    "ec2:AllocateAddress": {},
    "ec2:DescribeAddresses": {},
    "ec2:ReleaseAddress": {"AllocationId": "eipalloc-none"},
    "ec2:CreateNatGateway": {"SubnetId": "subnet-a", "ConnectivityType": "private"},
    "ec2:DescribeNatGateways": {},
    "ec2:DeleteNatGateway": {"NatGatewayId": "nat-none"},
    "ec2:CreateVpcEndpoint": {
        "VpcId": "vpc-main",
        "ServiceName": "com.amazonaws.us-east-1.logs",
        "VpcEndpointType": "Interface",
        "SubnetIds": ["subnet-a"],
    },
    "ec2:DescribeVpcEndpoints": {},
    "ec2:DeleteVpcEndpoints": {"VpcEndpointIds": ["vpce-none"]},
    "ec2:RunInstances": {
        "ImageId": IMAGE,
        "InstanceType": "m8g.large",
        "MinCount": 1,
        "MaxCount": 2,
        "SubnetId": "subnet-a",
    },
    "ec2:TerminateInstances": {"InstanceIds": [MANAGED]},
    "ec2:StopInstances": {"InstanceIds": [MANAGED]},
    "ec2:StartInstances": {"InstanceIds": [MANAGED]},
    "ec2:RebootInstances": {"InstanceIds": [MANAGED]},
    "ec2:ModifyInstanceAttribute": {
        "InstanceId": MANAGED,
        "DisableApiTermination": {"Value": True},
    },
    "ec2:DescribeInstances": {},
    "ec2:DescribeInstanceStatus": {},
    "ec2:DescribeNetworkInterfaces": {},
    "ec2:DescribeVolumes": {},
    "ec2:DescribeInstanceTypes": {},
    "ec2:DescribeInstanceTypeOfferings": {},
    "ec2:DescribeImages": {},
    "ec2:DescribeTags": {},
    "ec2:CreateTags": {"Resources": [MANAGED], "Tags": [{"Key": "team", "Value": "web"}]},
    "ec2:DeleteTags": {"Resources": [MANAGED], "Tags": [{"Key": "team"}]},
    "ec2:GetManagedResourceVisibility": {},
    "ec2:ModifyManagedResourceVisibility": {"DefaultVisibility": "visible"},
}
ON_INSTANCES = (
    "ec2:TerminateInstances",
    "ec2:StopInstances",
    "ec2:StartInstances",
    "ec2:RebootInstances",
    "ec2:ModifyInstanceAttribute",
)
"""Calls of EC2 that look for their instances before IAM is asked."""

OBSERVABILITY = {
    "cloudwatch:ListMetrics": {},
    "cloudwatch:GetMetricData": {
        "MetricDataQueries": [metric_query()],
        "StartTime": "2026-01-05T00:00:00Z",
        "EndTime": "2026-01-05T01:00:00Z",
    },
    "logs:DescribeLogGroups": {},
    "logs:DescribeLogStreams": {"logGroupName": LOG_GROUP},
    "logs:GetLogEvents": {"logGroupName": LOG_GROUP, "logStreamName": LOG_STREAM},
    "logs:FilterLogEvents": {"logGroupName": LOG_GROUP},
    "cloudtrail:LookupEvents": {},
}
