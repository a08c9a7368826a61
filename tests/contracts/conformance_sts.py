"""STS against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import ACCOUNT, SmallWorld, allow, document

_ANY = "an ARN is looked up among those of the account, whatever its letters"
DEVIATIONS: Deviations = {
    **lacking(
        "sts:AssumeRole",
        "there are no devices, identities or contexts outside of the account",
        "MinimumSessionTokenSize",
        "ProvidedContexts",
        "SerialNumber",
        "SourceIdentity",
        "TokenCode",
    ),
    **lacking(
        "sts:GetSessionToken",
        "there are no devices, identities or contexts outside of the account",
        "MinimumSessionTokenSize",
        "SerialNumber",
        "TokenCode",
    ),
    ("sts:AssumeRole", "RoleArn", "pattern"): _ANY,
    ("sts:AssumeRole", "PolicyArns[].arn", "pattern"): _ANY,
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    denied = world.call("ec2:DescribeInstances", by="nobody")
    encoded = denied.encoded_authorization_message
    world.call("sts:DecodeAuthorizationMessage", {"EncodedMessage": encoded})
    world.call("sts:GetCallerIdentity", by="nobody")
    world.call("sts:GetSessionToken", {"DurationSeconds": 900})
    anybody = {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    role = {"RoleName": "Reader", "AssumeRolePolicyDocument": document(anybody)}
    world.call("iam:CreateRole", role)
    world.at("5m").call(
        "sts:AssumeRole",
        {
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Reader",
            "RoleSessionName": "looking",
            "Policy": document(allow("ec2:Describe*")),
            "Tags": [{"Key": "team", "Value": "web"}],
        },
    )
