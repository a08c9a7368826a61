"""Lambda against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import CREATE_FUNCTION, CREATE_PROVIDER, PROVIDER_ARN, SmallWorld

_NAMES = "the same without look-ahead, or with the length of a name"
_SCENARIO = "the model has functions on capacity providers only, and needs these to run them"
_UNMODELLED = "nothing in the model depends on it"
_NO_KEYS = "the model has no KMS keys"
_NOT_ON_PROVIDERS = "not there for functions on capacity providers"
_CODE = "code is named and never read"
_LAUNCHED = "limit of Lambda Managed Instances as documented, narrower than the shared shape"
_MEMORY = "the bound is checked by the handler, in Lambda's own words"
_RUNTIME = "which runtimes fit is checked by the handler"
_SEEN = "seen from AWS, though its model leaves it out"
_SETTINGS = (
    "AcceleratorConfig",
    "DeadLetterConfig",
    "DurableConfig",
    "EphemeralStorage",
    "ImageConfig",
    "Layers",
    "RuntimeConfig",
    "TracingConfig",
)


def _of_functions(operation: str) -> Deviations:
    """What CreateFunction and UpdateFunctionConfiguration have in common."""
    return {
        **lacking(operation, _UNMODELLED, *_SETTINGS),
        **lacking(operation, _NOT_ON_PROVIDERS, "FileSystemConfigs", "SnapStart", "VpcConfig"),
        **lacking(operation, _NO_KEYS, "KMSKeyArn"),
        (operation, "Runtime", "enum"): _RUNTIME,
        (operation, "Runtime", "min"): _RUNTIME,
        (operation, "Runtime", "max"): _RUNTIME,
        (operation, "MemorySize", "min"): _MEMORY,
        (operation, "Timeout", "max"): _LAUNCHED,
    }


DEVIATIONS: Deviations = {
    **lacking("lambda:CreateCapacityProvider", _NO_KEYS, "KmsKeyArn"),
    **_of_functions("lambda:CreateFunction"),
    **_of_functions("lambda:UpdateFunctionConfiguration"),
    **lacking(
        "lambda:CreateFunction",
        _UNMODELLED,
        "CodeSigningConfigArn",
        "PackageType",
        "TenancyConfig",
    ),
    **lacking(
        "lambda:CreateFunction",
        _CODE,
        "Code.S3ObjectStorageMode",
        "Code.SourceKMSKeyArn",
    ),
    **lacking(
        "lambda:UpdateFunctionCode",
        _CODE,
        "Architectures",
        "S3ObjectStorageMode",
        "SourceKMSKeyArn",
    ),
    **lacking("lambda:ListFunctions", "the model has no functions at the edge", "MasterRegion"),
    **lacking(
        "lambda:Invoke", _NOT_ON_PROVIDERS, "ClientContext", "DurableExecutionName", "TenantId"
    ),
    **lacking(
        "lambda:AddPermission",
        "the model has neither function URLs nor skills",
        "EventSourceToken",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
    ),
    ("lambda:*", "CapacityProviderName", "pattern"): _NAMES,
    ("lambda:*", "Name", "pattern"): _NAMES,
    ("lambda:*", "FunctionName", "pattern"): "functions of this model have no dots in their names",
    ("lambda:*", "VpcConfig.SubnetIds[]", "max"): "subnets are named by the scenario",
    ("lambda:*", "VpcConfig.SubnetIds[]", "pattern"): "subnets are named by the scenario",
    ("lambda:*", "VpcConfig.SecurityGroupIds[]", "max"): "groups are named by the scenario",
    ("lambda:*", "VpcConfig.SecurityGroupIds[]", "pattern"): "groups are named by the scenario",
    (
        "lambda:*",
        "CapacityProviderScalingConfig.ScalingPolicies",
        "min",
    ): "an empty list is no list",
    (
        "lambda:*",
        "CapacityProviderScalingConfig.ScalingPolicies[].PredefinedMetricType",
        "enum",
    ): "no instance of the model has a GPU",
    ("lambda:*", "LastUpdateStatusReasonCode", "value"): _SEEN,
    ("lambda:CreateFunction", "Runtime", "required"): _SCENARIO,
    ("lambda:CreateFunction", "MemorySize", "required"): _SCENARIO,
    ("lambda:CreateFunction", "CapacityProviderConfig", "required"): _SCENARIO,
    ("lambda:CreateFunction", "Code", "required"): _CODE,
    ("lambda:CreateFunction", "Code.S3Bucket", "pattern"): _NAMES,
    ("lambda:UpdateFunctionCode", "S3Bucket", "pattern"): _NAMES,
    (
        "lambda:UpdateFunctionCode",
        "FunctionVersionsPerCapacityProviderLimitExceededException",
        "error",
    ): "publishing at once meets the limit of PublishVersion",
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    _tour_providers(world)
    _tour_functions(world)
    _tour_aliases(world)
    _tour_access(world)
    world.call("lambda:DeleteFunction", _SITE)
    world.at("20m").call("lambda:CreateFunction", _FULL_FUNCTION)
    world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "new"})


_SITE = {"FunctionName": "site"}
_ALIAS = {**_SITE, "Name": "live"}
_FULL_FUNCTION = {
    **CREATE_FUNCTION,
    "Code": {"S3Bucket": "code", "S3Key": "site.zip"},
    "Handler": "index.handler",
    "Description": "a site",
    "Environment": {"Variables": {"STAGE": "test"}},
    "LoggingConfig": {"SystemLogLevel": "WARN"},
    "Tags": {"team": "web"},
}


def _tour_providers(world: SmallWorld) -> None:
    provider = {"CapacityProviderName": "web"}
    world.call("lambda:GetCapacityProvider", provider)
    world.call("lambda:ListFunctionVersionsByCapacityProvider", {**provider, "MaxItems": 1})
    world.call(
        "lambda:UpdateCapacityProvider",
        {**provider, "CapacityProviderScalingConfig": {"MaxVCpuCount": 32}},
    )
    full = {
        **CREATE_PROVIDER,
        "CapacityProviderName": "new",
        "Tags": {"team": "web"},
        "PropagateTags": {"Mode": "Explicit", "ExplicitTags": {"team": "web"}},
        "TelemetryConfig": {"LoggingConfig": {"SystemLogLevel": "DEBUG"}},
    }
    world.call("lambda:CreateCapacityProvider", full)
    world.call("lambda:ListCapacityProviders", {"MaxItems": 1})


def _tour_functions(world: SmallWorld) -> None:
    world.call("lambda:GetFunctionConfiguration", {**_SITE, "Qualifier": "1"})
    bounds = {"MinExecutionEnvironments": 4}
    version = {**_SITE, "Qualifier": "1"}
    world.call("lambda:PutFunctionScalingConfig", {**version, "FunctionScalingConfig": bounds})
    world.call("lambda:GetFunctionScalingConfig", version)
    world.call("lambda:UpdateFunctionConfiguration", {**_SITE, "Description": "another"})
    world.call("lambda:UpdateFunctionCode", {**_SITE, "S3Bucket": "code", "S3Key": "2.zip"})
    world.call("lambda:PublishVersion", _SITE)
    world.call("lambda:UpdateFunctionCode", {**_SITE, "ImageUri": "images/site:3"})
    world.call("lambda:PublishVersion", {**_SITE, "PublishTo": "LATEST_PUBLISHED"})
    world.call("lambda:GetFunction", _SITE)
    world.call("lambda:ListVersionsByFunction", _SITE)
    world.call("lambda:ListFunctions", {"FunctionVersion": "ALL", "MaxItems": 2})


def _tour_aliases(world: SmallWorld) -> None:
    world.call("lambda:CreateAlias", {**_ALIAS, "FunctionVersion": "1"})
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}
    world.call("lambda:UpdateAlias", {**_ALIAS, **weights})
    world.call("lambda:GetAlias", _ALIAS)
    world.call("lambda:ListAliases", _SITE)
    world.call("lambda:DeleteAlias", _ALIAS)


def _tour_access(world: SmallWorld) -> None:
    for kind in ("RequestResponse", "Event", "DryRun"):
        request = {**_SITE, "Qualifier": "1", "InvocationType": kind}
        world.call("lambda:Invoke", request)
    resource = {"Resource": PROVIDER_ARN}
    world.call("lambda:TagResource", {**resource, "Tags": {"stage": "test"}})
    world.call("lambda:ListTags", resource)
    world.call("lambda:UntagResource", {**resource, "TagKeys": ["stage"]})
    statement = {**_SITE, "StatementId": "storage"}
    permission = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    world.call("lambda:AddPermission", {**statement, **permission})
    world.call("lambda:GetPolicy", _SITE)
    world.call("lambda:RemovePermission", statement)
