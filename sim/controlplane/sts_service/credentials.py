"""Credentials of sessions as STS hands them out: whoever signs by them is the session."""

from sim.controlplane.account import Account
from sim.controlplane.secrets_of_keys import secret_of, token_of
from sim.model.callers import Caller, CallerKind


def credentials_of(account: Account, session: Caller) -> dict[str, object]:
    """Keep a session from now on, and show what it signs by; the caller has an end."""
    assert session.expires_us is not None, "a session ends"
    access_key_id = account.principals.keep_session(session)
    return {
        "AccessKeyId": access_key_id,
        "SecretAccessKey": secret_of(access_key_id),
        "SessionToken": token_of(access_key_id),
        "Expiration": account.calendar(session.expires_us),
    }


def user_id_of(account: Account, caller: Caller) -> str:
    """The identifier of a user, or of a session and the role behind it, deleted or not."""
    identity = account.principals.identity_of(caller)
    unique_id = identity.unique_id if identity is not None else caller.unique_id
    if caller.kind is CallerKind.USER:
        return unique_id or caller.name
    session_name = caller.arn.rpartition("/")[2]
    return f"{unique_id}:{session_name}" if unique_id else session_name
