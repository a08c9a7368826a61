"""Laws of comparing policies and of proposing them."""

import copy

from hypothesis import assume, given
from hypothesis import strategies as st

from sim.iam import PolicySet, Request, evaluate, parse_policy
from sim.iam.difference import RequestTemplate, difference, domain_of
from sim.iam.minimization import minimize
from tests.property.iam.decision_generator import KEYS, Draws, draw_document, draw_request

SESSION = "arn:aws:sts::123456789012:assumed-role/operator/scaler"
EC2 = "arn:aws:ec2:us-east-1:123456789012"
KEEP_KEYS = ["ec2:ManagedResourceOperator", "aws:TagKeys"]
REQUESTS = st.builds(
    Request,
    principal=st.just(SESSION),
    action=st.sampled_from(["ec2:RunInstances", "ec2:CreateTags", "EC2:createtags", "ec2:Stop"]),
    resource=st.sampled_from(
        ["*", f"{EC2}:instance/*", f"{EC2}:instance/i-1", f"{EC2}:volume/${{a}}", f"{EC2}:v/*/?"]
    ),
    context=st.fixed_dictionaries(
        {},
        optional={
            "ec2:ManagedResourceOperator": st.sampled_from([["a"], ["b"], ["*"], ["${x}"]]),
            "aws:TagKeys": st.sampled_from([["team"], ["team", "cost"], ["cost"]]),
            "ec2:InstanceType": st.just(["m7g.large"]),
        },
    ),
)


def allows_all(document, requests):
    """Whether an identity policy allows every request."""
    policies = PolicySet(identity=(parse_policy(document, name="p"),))
    return all(evaluate(request, policies).is_allowed for request in requests)


def without_one_element(document):
    """The document with one action or resource less, for each of them."""
    for index, statement in enumerate(document["Statement"]):
        for name in ("Action", "Resource"):
            items = statement[name] if isinstance(statement[name], list) else [statement[name]]
            for item in items:
                smaller = copy.deepcopy(document)
                rest = [other for other in items if other != item]
                if rest:
                    smaller["Statement"][index][name] = rest
                else:
                    del smaller["Statement"][index]
                if smaller["Statement"]:
                    yield smaller


@given(st.lists(REQUESTS, min_size=1, max_size=8))
def test_proposal_allows_what_is_needed_and_nothing_can_go(requests):
    """Every needed request is allowed; without any action or resource, one is denied."""
    document = minimize(requests, keep_keys=KEEP_KEYS)
    assert allows_all(document, requests)
    assert not any(allows_all(smaller, requests) for smaller in without_one_element(document))


@given(st.lists(REQUESTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_proposal_does_not_depend_on_how_often_a_call_was_seen(requests, shuffler):
    """Seeing calls again changes nothing."""
    again = [*requests, *shuffler.sample(requests, len(requests))]
    assert minimize(again, keep_keys=KEEP_KEYS) == minimize(requests, keep_keys=KEEP_KEYS)


@st.composite
def policy_pairs(draw):
    """Two drawn policies and a domain of requests around them."""
    draws = Draws(draw(st.integers(0, 10**6)))
    request = draw_request(draws)
    documents = [draw_document(draws, request) for _ in range(2)]
    first, second = (parse_policy(document, name="p") for document in documents)
    mentioned = {c.folded_key for p in (first, second) for s in p.statements for c in s.conditions}
    varying = tuple(key for key in KEYS if key.lower() in mentioned)[:3]
    template = RequestTemplate(SESSION, request["action"], request["resource"], {}, varying)
    return first, second, domain_of([first, second], [template], request_count_max=300)


@given(policy_pairs())
def test_witnesses_are_true_and_none_is_missed(pair):
    """Witnesses differ as they say, and there is one exactly when some request differs."""
    first, second, domain = pair
    witnesses = difference(first, second, domain)
    for witness in witnesses:
        assert witness.first.result is not witness.second.result
        assert evaluate(witness.request, PolicySet(identity=(first,))).result is (
            witness.first.result
        )
    differs = any(
        evaluate(request, PolicySet(identity=(first,))).result
        is not evaluate(request, PolicySet(identity=(second,))).result
        for request in domain
    )
    assert bool(witnesses) is differs


@given(policy_pairs())
def test_difference_is_symmetric(pair):
    """Turned round, the same requests are witnesses; a policy does not differ from itself."""
    first, second, domain = pair
    assume(domain)
    there = [witness.request for witness in difference(first, second, domain)]
    assert there == [witness.request for witness in difference(second, first, domain)]
    assert difference(first, first, domain) == ()
