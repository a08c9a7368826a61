"""Role sessions: one AssumeRole per role and purpose until it ends; refusals are not kept."""

from engine_bench import LINKED_ROLE_ARN, OPERATOR_ROLE_ARN, Dials, FakeRoleAssumption, a_provider

from sim.engine.kernel import Kernel
from sim.engine.role_sessions import RoleSessions
from sim.model.api_results import ApiError
from sim.model.callers import Caller
from sim.units import HOUR_US


def sessions(session_us=HOUR_US):
    """Kernel, STS and the sessions to be tested."""
    kernel = Kernel()
    assumption = FakeRoleAssumption(session_us, lambda: kernel.now_us)
    return kernel, assumption, RoleSessions(kernel, assumption, LINKED_ROLE_ARN)


def test_a_session_is_used_until_the_instant_it_expires():
    """One microsecond before the hour the old session serves, at the hour a new one is taken."""
    kernel, assumption, cache = sessions()
    provider = a_provider(Dials())
    first = cache.operator(provider)
    kernel.move_to(HOUR_US - 1)
    assert cache.operator(provider) is first
    kernel.move_to(HOUR_US)
    assert cache.operator(provider) is not first
    assert len(assumption.calls) == 2


def test_providers_and_roles_have_sessions_of_their_own():
    """Two providers of one role assume it twice, under names that tell them apart."""
    _, assumption, cache = sessions()
    for name in ("web", "batch"):
        cache.operator(a_provider(Dials(), name=name))
        cache.service_linked("arn:of:provider")
    names = [(role, name) for role, name, _ in assumption.calls]
    assert names == [
        (OPERATOR_ROLE_ARN, "AWSLambda-CapacityProvider-web"),
        (LINKED_ROLE_ARN, "AWSLambda-ManagedInstances"),
        (OPERATOR_ROLE_ARN, "AWSLambda-CapacityProvider-batch"),
    ]


def test_a_refusal_is_not_remembered():
    """After the trust policy was mended the next call gets a session."""
    _, assumption, cache = sessions()
    assumption.is_refusing = True
    assert isinstance(cache.operator(a_provider(Dials())), ApiError)
    assumption.is_refusing = False
    assert isinstance(cache.operator(a_provider(Dials())), Caller)


def test_forgetting_a_role_drops_its_sessions_only():
    """The other role's session is still there."""
    _, assumption, cache = sessions()
    cache.operator(a_provider(Dials()))
    cache.service_linked("arn:of:provider")
    cache.forget(LINKED_ROLE_ARN)
    cache.operator(a_provider(Dials()))
    cache.service_linked("arn:of:provider")
    assert [role for role, _, _ in assumption.calls] == [
        OPERATOR_ROLE_ARN,
        LINKED_ROLE_ARN,
        LINKED_ROLE_ARN,
    ]


def test_a_session_without_an_end_is_not_kept():
    """Who does not know when a session ends asks again."""
    _, assumption, cache = sessions(session_us=None)
    cache.operator(a_provider(Dials()))
    cache.operator(a_provider(Dials()))
    assert len(assumption.calls) == 2


def test_long_provider_names_are_cut_to_what_sts_accepts():
    """A session name has at most 64 characters."""
    _, assumption, cache = sessions()
    cache.operator(a_provider(Dials(), name="x" * 140))
    assert len(assumption.calls[0][1]) == 64
