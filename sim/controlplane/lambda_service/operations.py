"""Lambda's operations, with who handles them."""

from collections.abc import Mapping

from sim.controlplane.lambda_service import (
    alias_calls,
    capacity_provider_calls,
    capacity_provider_lists,
    function_calls,
    function_lists,
    invoke_calls,
    policy_calls,
    scaling_calls,
    tag_calls,
    version_calls,
)
from sim.controlplane.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    "lambda:CreateCapacityProvider": Operation(capacity_provider_calls.create),
    "lambda:GetCapacityProvider": Operation(capacity_provider_calls.get),
    "lambda:ListCapacityProviders": Operation(capacity_provider_lists.list_providers),
    "lambda:UpdateCapacityProvider": Operation(capacity_provider_calls.update),
    "lambda:DeleteCapacityProvider": Operation(capacity_provider_calls.delete),
    "lambda:ListFunctionVersionsByCapacityProvider": Operation(
        capacity_provider_lists.list_versions
    ),
    "lambda:CreateFunction": Operation(function_calls.create),
    "lambda:GetFunction": Operation(function_calls.get),
    "lambda:GetFunctionConfiguration": Operation(function_calls.get_configuration),
    "lambda:UpdateFunctionConfiguration": Operation(function_calls.update_configuration),
    "lambda:UpdateFunctionCode": Operation(version_calls.update_code),
    "lambda:PublishVersion": Operation(version_calls.publish),
    "lambda:ListVersionsByFunction": Operation(function_lists.list_versions),
    "lambda:ListFunctions": Operation(function_lists.list_functions),
    "lambda:PutFunctionScalingConfig": Operation(scaling_calls.put),
    "lambda:GetFunctionScalingConfig": Operation(scaling_calls.get),
    "lambda:DeleteFunction": Operation(function_calls.delete),
    "lambda:CreateAlias": Operation(alias_calls.create),
    "lambda:GetAlias": Operation(alias_calls.get),
    "lambda:UpdateAlias": Operation(alias_calls.update),
    "lambda:ListAliases": Operation(alias_calls.list_all),
    "lambda:DeleteAlias": Operation(alias_calls.delete),
    "lambda:Invoke": Operation(invoke_calls.invoke),
    "lambda:TagResource": Operation(tag_calls.tag),
    "lambda:UntagResource": Operation(tag_calls.untag),
    "lambda:ListTags": Operation(tag_calls.list_tags),
    "lambda:AddPermission": Operation(policy_calls.add),
    "lambda:RemovePermission": Operation(policy_calls.remove),
    "lambda:GetPolicy": Operation(policy_calls.get),
}
"""Every operation of Lambda that this model has; `INPUT_TYPES` has the shapes of their inputs."""
