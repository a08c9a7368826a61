"""What is asked of IAM and what comes back, without knowing how IAM decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AuthorizationCheck:
    """May the caller perform `action` on `resource`, given these condition keys.

    One API call may need many checks, each with a context of its own: RunInstances is checked once
    per resource it touches (source: Service Authorization Reference, Amazon EC2).
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Denial:
    """The first check of a call that IAM refused, with AWS's sentence about it."""

    check: AuthorizationCheck
    sentence: str
    """`User: ARN is not authorized to perform: ACTION on resource: RESOURCE because ...`."""
    is_explicit: bool
    statement: str
    """The denying statement as `policy/Sid`, empty for an implicit denial."""
    encoded_message: str = ""
    """The encoded authorization message that EC2 gives with a denial."""
