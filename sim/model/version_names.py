"""The names under which the invocations of function versions are counted, each with an index."""

from collections.abc import Collection

LATEST = "$LATEST"
"""The draft of a function, which is never invoked on managed instances."""
LATEST_PUBLISHED = "$LATEST.PUBLISHED"
"""The published head of a function: one version that is published again in place."""
_SEPARATOR = ":"
"""No name of a function has it."""


def qualified_name(function: str, qualifier: str) -> str:
    """The name of one version, as Lambda writes it in ARNs and in the dimension `Resource`."""
    return f"{function}{_SEPARATOR}{qualifier}"


def function_of(name: str) -> str:
    """The function of which a name counts a version."""
    return name.partition(_SEPARATOR)[0]


def is_qualified(name: str) -> bool:
    """Whether a name says which version it counts; without, it is the function's first one."""
    return _SEPARATOR in name


def counted_under(function: str, version: str, names: Collection[str]) -> str:
    """The one of `names` under which a version is counted: its own, else that of its function."""
    name = qualified_name(function, version)
    return name if name in names else function
