"""What people need to be allowed for the operations that start everything, as lists of checks.

Source: Service Authorization Reference, AWS Lambda: actions, resources, condition keys and
dependent actions of CreateCapacityProvider and CreateFunction.
"""

from collections.abc import Sequence

from sim.model.authorization import AuthorizationCheck


def create_capacity_provider_checks(
    provider_arn: str,
    *,
    subnets: Sequence[str],
    security_groups: Sequence[str],
    operator_role_arn: str,
    lambda_principal: str,
    linked_role_arn: str | None,
) -> list[AuthorizationCheck]:
    """CreateCapacityProvider; `linked_role_arn` is None once the service-linked role exists."""
    passed_to = {"iam:PassedToService": (lambda_principal,)}
    checks = [
        AuthorizationCheck(
            "lambda:CreateCapacityProvider",
            provider_arn,
            {
                "lambda:SubnetIds": tuple(subnets),
                "lambda:SecurityGroupIds": tuple(security_groups),
            },
        ),
        AuthorizationCheck("iam:PassRole", operator_role_arn, passed_to),
    ]
    if linked_role_arn is not None:
        named = {"iam:AWSServiceName": (lambda_principal,)}
        checks.append(AuthorizationCheck("iam:CreateServiceLinkedRole", linked_role_arn, named))
    return checks


def create_function_checks(
    function_arn: str, *, execution_role_arn: str, provider_arn: str, lambda_principal: str
) -> list[AuthorizationCheck]:
    """CreateFunction for a function on a capacity provider."""
    passed_to = {"iam:PassedToService": (lambda_principal,)}
    return [
        AuthorizationCheck("lambda:CreateFunction", function_arn),
        AuthorizationCheck("iam:PassRole", execution_role_arn, passed_to),
        AuthorizationCheck("lambda:PassCapacityProvider", provider_arn),
    ]
