"""IAM's error answers. Source of codes: IAM API reference; texts as AWS's clients report them.

Texts that nobody seems to have reported say so in a comment: they are assumed.
"""

from sim.model.api_results import ApiError


def no_such_entity(message: str) -> ApiError:
    """Something does not exist."""
    return ApiError("NoSuchEntity", message)


def no_such_role(name: str) -> ApiError:
    """There is no role of that name."""
    return no_such_entity(f"The role with name {name} cannot be found.")


def no_such_user(name: str) -> ApiError:
    """There is no user of that name."""
    return no_such_entity(f"The user with name {name} cannot be found.")


def no_such_key(access_key_id: str) -> ApiError:
    """The user has no such access key."""
    return no_such_entity(f"The Access Key with id {access_key_id} cannot be found.")


def no_such_policy(arn: str) -> ApiError:
    """There is no managed policy of that ARN, or the principal does not have it."""
    return no_such_entity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> ApiError:
    """A policy that should be attached does not exist."""
    return no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def no_such_boundary(arn: str) -> ApiError:
    """A policy that should be a boundary does not exist."""
    return no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")


def no_such_version(arn: str, version_id: str) -> ApiError:
    """A managed policy has no such version."""
    return no_such_entity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


def already_exists(message: str) -> ApiError:
    """A name is taken."""
    return ApiError("EntityAlreadyExists", message)


def delete_conflict(message: str) -> ApiError:
    """Something else has to go first."""
    return ApiError("DeleteConflict", message)


def quota_exceeded(quota: str, limit: int) -> ApiError:
    """The account or one of its entities has as many as it may."""
    return ApiError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}")


def malformed_policy(message: str) -> ApiError:
    """A document that IAM would not save."""
    return ApiError("MalformedPolicyDocument", message)


def invalid_input(message: str) -> ApiError:
    """A request that cannot be granted as it stands."""
    return ApiError("InvalidInput", message)


def unmodifiable_role(name: str) -> ApiError:
    """A service-linked role is changed by its service only."""
    return ApiError(
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{name}' - this role is only "
        "modifiable by AWS",
    )


def invalid_marker() -> ApiError:
    """A marker that no page gave; the text is assumed."""
    return ApiError("ValidationError", "Invalid Marker: expected the Marker of an answer before.")
