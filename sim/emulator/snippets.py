"""How clients are told where the emulator is and who they are."""

from collections.abc import Iterator

from sim.emulator.session import Session


def shell_lines(session: Session, *, endpoint: str) -> Iterator[str]:
    """Lines for a shell: the endpoint, and the first user's keys."""
    access_key_id, secret = next(iter(session.access_keys.values()))
    yield f"export AWS_ENDPOINT_URL={endpoint}"
    yield f"export AWS_ACCESS_KEY_ID={access_key_id}"
    yield f"export AWS_SECRET_ACCESS_KEY={secret}"
    yield f"export AWS_DEFAULT_REGION={session.system.scenario.region}"
