"""Policy documents on their way in and out of IAM: parsed, measured, and written as JSON text."""

import json
from collections.abc import Iterable, Iterator, Mapping

from sim.controlplane.account import Account
from sim.controlplane.iam_service.iam_errors import malformed_policy
from sim.iam import Policy, PolicyError, PolicyKind, document_size, parse_policy
from sim.model.api_results import ApiError


def parsed_document(
    document: Mapping[str, object] | str, *, name: str, kind: PolicyKind, arn: str | None = None
) -> Policy | ApiError:
    """The policy, or the refusal that says where it is malformed (the words are ours)."""
    try:
        return parse_policy(document, name=name, arn=arn, kind=kind)
    except PolicyError as error:
        return malformed_policy(str(error))


def parsed_trust(account: Account, document: Mapping[str, object] | str) -> Policy | ApiError:
    """A trust policy; one that names a principal of the account that is not there is refused."""
    policy = parsed_document(document, name="trust policy", kind=PolicyKind.TRUST)
    if isinstance(policy, ApiError):
        return policy
    for arn in _trusted_arns(policy):
        if not _exists(account, arn):
            return malformed_policy(f'Invalid principal in policy: "AWS":"{arn}"')
    return policy


def document_text(policy: Policy) -> str:
    """The document as JSON text; white space of the text that was given is not kept."""
    return json.dumps(policy.document)


def size_of(policies: Iterable[Policy]) -> int:
    """Characters of documents as IAM counts them, without white space."""
    return sum(document_size(policy.document) for policy in policies)


def _trusted_arns(policy: Policy) -> Iterator[str]:
    written = policy.document["Statement"]
    for statement in written if isinstance(written, list) else [written]:
        assert isinstance(statement, Mapping), "the document was parsed"
        principal = statement["Principal"]
        named = principal.get("AWS", []) if isinstance(principal, Mapping) else []
        for text in named if isinstance(named, list) else [named]:
            if str(text).startswith("arn:"):
                yield str(text)


def _exists(account: Account, arn: str) -> bool:
    """Whether a principal exists, as far as this account can tell."""
    _, _, service, _, owner, resource = arn.split(":", 5)
    if owner != account.account_id or service != "iam":
        return True
    is_identity = resource.partition("/")[0] in ("role", "user")
    return not is_identity or account.principals.identity_of_arn(arn) is not None
