"""Which scripted calls carry a policy document, in which member, and what it is for."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sim.iam import PolicyUse
from sim.scenario.document import Path
from sim.scenario.script import Call
from sim.scenario.texts import JsonObject

_DOCUMENT = "PolicyDocument"
_MEMBERS: Final = {
    "iam:PutRolePolicy": (_DOCUMENT, PolicyUse.ROLE_INLINE),
    "iam:PutUserPolicy": (_DOCUMENT, PolicyUse.USER_INLINE),
    "iam:CreatePolicy": (_DOCUMENT, PolicyUse.MANAGED),
    "iam:CreatePolicyVersion": (_DOCUMENT, PolicyUse.MANAGED),
    "iam:UpdateAssumeRolePolicy": (_DOCUMENT, PolicyUse.TRUST),
    "iam:CreateRole": ("AssumeRolePolicyDocument", PolicyUse.TRUST),
    "sts:AssumeRole": ("Policy", PolicyUse.SESSION),
    "organizations:CreatePolicy": ("Content", PolicyUse.SERVICE_CONTROL),
}
_OF_RESOURCES = "RESOURCE_CONTROL_POLICY"


class ScriptedDocument(NamedTuple):
    """A policy document in the input of a call."""

    path: Path
    document: JsonObject
    use: PolicyUse


def scripted_documents(path: Path, call: Call) -> Iterator[ScriptedDocument]:
    """The document of a call at `path`; none where it has none, or one given as JSON text."""
    if call.operation not in _MEMBERS:
        return
    member, use = _MEMBERS[call.operation]
    if call.input.get("Type") == _OF_RESOURCES:
        use = PolicyUse.RESOURCE_CONTROL
    document = call.input.get(member)
    if isinstance(document, dict):
        yield ScriptedDocument((*path, "input", member), document, use)
