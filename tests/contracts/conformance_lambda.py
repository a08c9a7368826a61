"""Lambda against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import CREATE_FUNCTION, CREATE_PROVIDER, SmallWorld

_NAMES = "names only: ARNs and partial ARNs in place of a name are not read"
_SCENARIO = "the model has functions on capacity providers only, and needs these to run them"
_UNMODELLED = "nothing in the model depends on it"
_LAUNCHED = "limit of Lambda Managed Instances as documented, narrower than the shared shape"
_NEVER_READ = "code is named and never read"
_MEMORY = "the bound is checked by the handler, in Lambda's own words"

DEVIATIONS: Deviations = {
    **lacking(
        "lambda:CreateCapacityProvider",
        _UNMODELLED,
        "KmsKeyArn",
        "PropagateTags",
        "Tags",
        "TelemetryConfig",
    ),
    **lacking("lambda:UpdateCapacityProvider", _UNMODELLED, "PropagateTags", "TelemetryConfig"),
    **lacking("lambda:ListCapacityProviders", "one page has all", "Marker", "MaxItems", "State"),
    **lacking(
        "lambda:CreateFunction",
        _UNMODELLED,
        "AcceleratorConfig",
        "Code",
        "CodeSigningConfigArn",
        "DeadLetterConfig",
        "Description",
        "DurableConfig",
        "Environment",
        "EphemeralStorage",
        "FileSystemConfigs",
        "Handler",
        "ImageConfig",
        "KMSKeyArn",
        "Layers",
        "LoggingConfig",
        "PackageType",
        "RuntimeConfig",
        "SnapStart",
        "Tags",
        "TenancyConfig",
        "TracingConfig",
        "VpcConfig",
    ),
    **lacking(
        "lambda:PublishVersion",
        _UNMODELLED,
        "CodeSha256",
        "Description",
        "RevisionId",
    ),
    **lacking(
        "lambda:UpdateFunctionCode",
        "code is named and never read",
        "Architectures",
        "DryRun",
        "RevisionId",
        "S3ObjectStorageMode",
        "SourceKMSKeyArn",
        "ZipFile",
    ),
    (
        "lambda:UpdateFunctionCode",
        "FunctionVersionsPerCapacityProviderLimitExceededException",
        "error",
    ): "publishing at once can exceed the limit; how AWS answers that, its model does not say",
    ("lambda:UpdateFunctionCode", "ImageUri", "min"): _NEVER_READ,
    ("lambda:UpdateFunctionCode", "ImageUri", "max"): _NEVER_READ,
    ("lambda:UpdateFunctionCode", "S3Bucket", "pattern"): _NEVER_READ,
    ("lambda:UpdateFunctionCode", "S3Key", "pattern"): _NEVER_READ,
    ("lambda:UpdateFunctionCode", "S3ObjectVersion", "pattern"): _NEVER_READ,
    ("lambda:*", "CapacityProviderName", "max"): _NAMES,
    ("lambda:*", "CapacityProviderName", "pattern"): _NAMES,
    ("lambda:*", "FunctionName", "max"): _NAMES,
    ("lambda:*", "FunctionName", "pattern"): _NAMES,
    ("lambda:*", "Qualifier", "min"): "the pattern already needs a character",
    ("lambda:*", "Qualifier", "max"): "the pattern has numbers of versions only",
    ("lambda:*", "Qualifier", "pattern"): "there are no aliases",
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
    (
        "lambda:UpdateCapacityProvider",
        "CapacityProviderScalingConfig",
        "required",
    ): "nothing else can be updated",
    ("lambda:CreateFunction", "Runtime", "required"): _SCENARIO,
    ("lambda:CreateFunction", "MemorySize", "required"): _SCENARIO,
    ("lambda:CreateFunction", "CapacityProviderConfig", "required"): _SCENARIO,
    ("lambda:CreateFunction", "Runtime", "enum"): "which runtimes fit is checked by the handler",
    ("lambda:CreateFunction", "Runtime", "min"): "AWS has an enumeration instead",
    ("lambda:CreateFunction", "Runtime", "max"): "AWS has an enumeration instead",
    ("lambda:CreateFunction", "MemorySize", "min"): _MEMORY,
    ("lambda:CreateFunction", "Timeout", "max"): _LAUNCHED,
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    world.call("lambda:GetCapacityProvider", {"CapacityProviderName": "web"})
    world.call("lambda:ListCapacityProviders")
    world.call(
        "lambda:UpdateCapacityProvider",
        {
            "CapacityProviderName": "web",
            "CapacityProviderScalingConfig": {"MaxVCpuCount": 32},
        },
    )
    world.call("lambda:GetFunctionConfiguration", {"FunctionName": "site"})
    world.call(
        "lambda:PutFunctionScalingConfig",
        {
            "FunctionName": "site",
            "Qualifier": "1",
            "FunctionScalingConfig": {"MinExecutionEnvironments": 4},
        },
    )
    world.call("lambda:CreateCapacityProvider", {**CREATE_PROVIDER, "CapacityProviderName": "new"})
    code = {"FunctionName": "site", "S3Bucket": "code", "S3Key": "2.zip"}
    world.call("lambda:UpdateFunctionCode", code)
    world.at("10m").call("lambda:PublishVersion", {"FunctionName": "site"})
    world.call("lambda:DeleteFunction", {"FunctionName": "site"})
    world.at("30m").call("lambda:CreateFunction", CREATE_FUNCTION)
    world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "new"})
