"""Secrets of access keys follow from their identifiers: equal runs have equal secrets."""

import base64
import hashlib

_SECRET_LENGTH = 40
"""Characters of a secret access key. Source: IAM user guide, access keys."""


def secret_of(access_key_id: str) -> str:
    """The secret access key of an access key of this world."""
    return _letters("secret", access_key_id)[:_SECRET_LENGTH]


def token_of(access_key_id: str) -> str:
    """The session token that goes with temporary credentials."""
    return _letters("token", access_key_id)


def _letters(purpose: str, access_key_id: str) -> str:
    digest = hashlib.sha512(f"{purpose} {access_key_id}".encode()).digest()
    return base64.b64encode(digest).decode()
