"""EC2's error answers that many operations share. Source of codes: EC2 API Reference."""

from sim.model.api_results import ApiError


def invalid_value(message: str) -> ApiError:
    """A value that the operation cannot take."""
    return ApiError("InvalidParameterValue", message)


def missing(parameter: str) -> ApiError:
    """A member without which the call means nothing."""
    return ApiError("MissingParameter", f"The request must contain the parameter {parameter}")


def bad_combination(message: str) -> ApiError:
    """Members that do not go together."""
    return ApiError("InvalidParameterCombination", message)


def invalid_token() -> ApiError:
    """A `NextToken` that no page gave; the text is assumed."""
    return ApiError("InvalidNextToken", "The specified NextToken is not valid.")


def too_many_tags(most: int) -> ApiError:
    """More tags than a resource can have; the text is assumed."""
    return ApiError(
        "TagLimitExceeded", f"The maximum number of {most} tags per resource has been reached."
    )
