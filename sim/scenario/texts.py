"""Names, ids and other short texts have one pattern each, and words for people next to it."""

from typing import Annotated, Final

from pydantic import Field, JsonValue

_NAME = r"^[a-zA-Z0-9_-]+$"
_IAM_NAME = r"^[a-zA-Z0-9_+=,.@-]+$"
_MANAGED_POLICY = r"^[a-zA-Z0-9_+=,.-]+(@v[1-9][0-9]*)?$"
_SCENARIO_NAME = r"^[a-zA-Z0-9][a-zA-Z0-9._-]*$"
_ACCOUNT_ID = r"^[0-9]{12}$"
_REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]+$"
_ZONE = r"^[a-z]{2}(-[a-z]+)+-[0-9]+[a-z]$"
_VPC = r"^vpc-[0-9a-zA-Z]+$"
_SUBNET = r"^subnet-[0-9a-zA-Z]+$"
_SECURITY_GROUP = r"^sg-[0-9a-zA-Z]+$"
_IMAGE = r"^ami-[0-9a-zA-Z]+$"
_INSTANCE_TYPES = r"^[a-zA-Z0-9.*-]+$"
_RUNTIME = r"^[a-z0-9.]+$"
_QUALIFIER = r"^(\$LATEST\.PUBLISHED|[1-9][0-9]{0,18}|[0-9]*[a-zA-Z_-][a-zA-Z0-9_-]*)$"
_OPERATION = r"^[a-z0-9-]+:[A-Z][a-zA-Z0-9]*$"
_CALLER = r"^(role/)?[a-zA-Z0-9_+=,.@-]+$"
_ERROR_CODE = r"^[A-Z][a-zA-Z0-9.]*$"

PATTERN_WORDS: Final = {
    _NAME: "letters, digits, `-` and `_`",
    _IAM_NAME: "letters, digits and `_+=,.@-`",
    _MANAGED_POLICY: "a policy name, with `@v4` after it to pin a version",
    _SCENARIO_NAME: "letters, digits, `.`, `-` and `_`, starting with a letter or digit",
    _ACCOUNT_ID: 'twelve digits in quotes, such as "123456789012"',
    _REGION: "a Region such as `us-east-1`",
    _ZONE: "an Availability Zone such as `us-east-1a`",
    _VPC: "a VPC id such as `vpc-main`",
    _SUBNET: "a subnet id such as `subnet-a`",
    _SECURITY_GROUP: "a security group id such as `sg-functions`",
    _IMAGE: "an image id such as `ami-own`",
    _INSTANCE_TYPES: "an instance type such as `m8g.2xlarge`, or a pattern such as `m8g.*`",
    _RUNTIME: "a runtime such as `python3.13`",
    r"^[^/\\]": "a path relative to the scenario's folder",
    _QUALIFIER: 'a version number in quotes such as "2", `$LATEST.PUBLISHED` or an alias',
    _OPERATION: "a service and an operation, such as `iam:PutRolePolicy`",
    _CALLER: "the name of a user, or `role/NAME`",
    _ERROR_CODE: "the code of an error of AWS, such as `ResourceConflictException`",
}
"""What a pattern accepts, said to a person."""

Name = Annotated[str, Field(pattern=_NAME, max_length=128)]
IamName = Annotated[str, Field(pattern=_IAM_NAME, max_length=128)]
ManagedPolicyName = Annotated[str, Field(pattern=_MANAGED_POLICY, max_length=160)]
ScenarioName = Annotated[str, Field(pattern=_SCENARIO_NAME, max_length=64)]
AccountId = Annotated[str, Field(pattern=_ACCOUNT_ID)]
Region = Annotated[str, Field(pattern=_REGION, max_length=32)]
AvailabilityZone = Annotated[str, Field(pattern=_ZONE, max_length=40)]
VpcId = Annotated[str, Field(pattern=_VPC, max_length=64)]
SubnetId = Annotated[str, Field(pattern=_SUBNET, max_length=64)]
SecurityGroupId = Annotated[str, Field(pattern=_SECURITY_GROUP, max_length=64)]
ImageId = Annotated[str, Field(pattern=_IMAGE, max_length=64)]
InstanceTypePattern = Annotated[str, Field(pattern=_INSTANCE_TYPES, max_length=30)]
Runtime = Annotated[str, Field(pattern=_RUNTIME, max_length=32)]
Qualifier = Annotated[str, Field(pattern=_QUALIFIER, max_length=128)]
OperationName = Annotated[str, Field(pattern=_OPERATION, max_length=128)]
CallerName = Annotated[str, Field(pattern=_CALLER, max_length=133)]
ErrorCode = Annotated[str, Field(pattern=_ERROR_CODE, max_length=128)]
JsonObject = dict[str, JsonValue]
"""A JSON document written as YAML, such as an IAM policy."""
