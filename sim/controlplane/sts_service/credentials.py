"""Credentials of sessions as STS hands them out: whoever signs by them is the session."""

from sim.controlplane.account import Account
from sim.controlplane.secrets_of_keys import secret_of, token_of
from sim.model.callers import Caller


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
