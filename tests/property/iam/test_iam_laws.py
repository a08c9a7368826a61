"""Laws of evaluation that hold for any policies and any request."""

from hypothesis import assume, given
from hypothesis import strategies as st

from sim.iam import (
    PolicyError,
    PolicySet,
    Request,
    Result,
    evaluate,
    explain,
    parse_policy,
)

HOME = "123456789012"
AWAY = "210987654321"
PRINCIPALS = [
    f"arn:aws:iam::{HOME}:user/alice",
    f"arn:aws:sts::{HOME}:assumed-role/operator/scaler",
    f"arn:aws:iam::{AWAY}:user/carol",
    f"arn:aws:iam::{HOME}:root",
    f"arn:aws:iam::{HOME}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda",
    "lambda.amazonaws.com",
]
NAMED = [
    "*",
    {"AWS": HOME},
    {"AWS": PRINCIPALS[0]},
    {"AWS": f"arn:aws:iam::{HOME}:role/operator"},
    {"AWS": [AWAY, PRINCIPALS[1]]},
    {"Service": "lambda.amazonaws.com"},
]
ACTIONS = ["ec2:RunInstances", "ec2:CreateTags", "sts:AssumeRole", "kms:Decrypt", "s3:GetObject"]
RESOURCES = [
    f"arn:aws:ec2:us-east-1:{HOME}:instance/*",
    f"arn:aws:ec2:us-east-1:{HOME}:subnet/subnet-1",
    f"arn:aws:iam::{HOME}:role/operator",
    "*",
]
KEYS = ["aws:TagKeys", "ec2:InstanceType", "aws:PrincipalTag/team"]
VALUES = ["a", "b", "a*", "7"]


def some(options):
    """A non-empty list of a few of the options."""
    return st.lists(st.sampled_from(options), min_size=1, max_size=3)


CONDITIONS = st.dictionaries(
    st.sampled_from(
        [
            "StringEquals",
            "StringNotLike",
            "StringLikeIfExists",
            "ForAllValues:StringEquals",
            "ForAnyValue:StringNotEquals",
        ]
    ),
    st.dictionaries(
        st.sampled_from(KEYS), some([*VALUES, "${aws:PrincipalTag/team}"]), min_size=1, max_size=2
    ),
    max_size=2,
)


@st.composite
def statements(draw, *, effects=("Allow", "Deny"), with_principal=False):
    """A statement."""
    statement = {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(["Action", "NotAction"])): draw(some([*ACTIONS, "ec2:*", "*"])),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(
            some([*RESOURCES, "arn:aws:ec2:*:*:*/*", "arn:aws:ec2:*:*:${aws:PrincipalTag/team}*"])
        ),
    }
    if with_principal:
        statement["Principal"] = draw(st.sampled_from(NAMED))
    condition = draw(CONDITIONS)
    return statement | ({"Condition": condition} if condition else {})


def as_policy(items):
    """A policy of the statements."""
    return parse_policy({"Version": "2012-10-17", "Statement": items}, name="any")


def policies(**settings):
    """A policy."""
    return st.lists(statements(**settings), min_size=1, max_size=3).map(as_policy)


def tuples(items, **settings):
    """A tuple of items."""
    return st.lists(items, max_size=2, **settings).map(tuple)


@st.composite
def policy_sets(draw, **settings):
    """Policies in every layer, or some of them."""
    own = policies(**settings)
    named = policies(with_principal=True, **settings)
    return PolicySet(
        identity=draw(tuples(own)),
        boundary=draw(st.none() | own),
        scp=draw(tuples(tuples(own))),
        rcp=draw(tuples(tuples(named))),
        session=draw(st.none() | tuples(own)),
        resource=draw(st.none() | named),
    )


REQUESTS = st.builds(
    Request,
    principal=st.sampled_from(PRINCIPALS),
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    context=st.dictionaries(st.sampled_from(KEYS), some(VALUES), max_size=3),
)


def with_layers(policy_set, **layers):
    """The policies with some layers replaced."""
    names = ("identity", "boundary", "scp", "rcp", "session", "resource")
    return PolicySet(**({name: getattr(policy_set, name) for name in names} | layers))


def is_allowed(request, policy_set):
    """Whether the request is allowed."""
    return evaluate(request, policy_set).is_allowed


EVERYTHING = {"Action": "*", "Resource": "*"}
FULL = as_policy([{"Effect": "Allow"} | EVERYTHING])
FULL_FOR_ALL = as_policy([{"Effect": "Allow", "Principal": "*"} | EVERYTHING])
NONE = as_policy([{"Effect": "Deny"} | EVERYTHING])
NONE_FOR_ALL = as_policy([{"Effect": "Deny", "Principal": "*"} | EVERYTHING])


@given(REQUESTS, policy_sets())
def test_deny_wins(request, policy_set):
    """A Deny of everything at the resource makes any request explicitly denied."""
    denied = with_layers(policy_set, resource=NONE_FOR_ALL)
    assert evaluate(request, denied).result is Result.EXPLICITLY_DENIED


@given(REQUESTS, policy_sets(), statements(effects=("Deny",)))
def test_more_deny_never_allows(request, policy_set, statement):
    """Adding a Deny to an identity policy allows nothing that was denied."""
    more = with_layers(policy_set, identity=(*policy_set.identity, as_policy([statement])))
    assert is_allowed(request, policy_set) or not is_allowed(request, more)


@given(REQUESTS, policy_sets(), statements(effects=("Allow",)))
def test_more_allow_never_denies(request, policy_set, statement):
    """Adding an Allow to an identity policy denies nothing that was allowed."""
    more = with_layers(policy_set, identity=(*policy_set.identity, as_policy([statement])))
    assert is_allowed(request, more) or not is_allowed(request, policy_set)


@given(REQUESTS, policy_sets(effects=("Deny",)))
def test_default_is_deny(request, policy_set):
    """Without an Allow nobody but the root user gets anything."""
    assume(not request.principal.endswith(":root"))
    assert not is_allowed(request, policy_set)


@given(REQUESTS, policy_sets(effects=("Allow",)))
def test_silence_is_implicit(request, policy_set):
    """Without a Deny nothing is explicitly denied."""
    assert evaluate(request, policy_set).result is not Result.EXPLICITLY_DENIED


@given(REQUESTS, policy_sets(), policies(), policies(with_principal=True), st.data())
def test_another_limiting_layer_never_widens(request, policy_set, own, named, data):
    """A boundary, session policy or control policy where there was none only takes away."""
    layer = data.draw(st.sampled_from(["boundary", "session", "scp", "rcp"]))
    added = {
        "boundary": own,
        "session": (own,),
        "scp": (*policy_set.scp, (own,)),
        "rcp": (*policy_set.rcp, (named,)),
    }[layer]
    assume(layer in ("scp", "rcp") or getattr(policy_set, layer) is None)
    limited = with_layers(policy_set, **{layer: added})
    assert is_allowed(request, policy_set) or not is_allowed(request, limited)


@given(REQUESTS, policy_sets())
def test_full_limits_are_no_limits(request, policy_set):
    """Limiting layers that allow everything change nothing."""
    free = with_layers(policy_set, boundary=None, session=None, scp=(), rcp=())
    open_limits = with_layers(free, boundary=FULL, session=(FULL,), scp=((FULL,), (FULL,)))
    assert evaluate(request, free).result is evaluate(request, open_limits).result


@given(REQUESTS, st.lists(statements(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_statement_order_is_irrelevant(request, items, shuffler):
    """Statements may stand in any order, in one document or in several."""
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    apart = tuple(as_policy([item]) for item in shuffled)
    results = {
        evaluate(request, PolicySet(identity=identity)).result
        for identity in ((as_policy(items),), (as_policy(shuffled),), apart)
    }
    assert len(results) == 1


LAYERS = ("identity", "boundary", "scp", "rcp", "session", "resource")


@given(REQUESTS, policy_sets())
def test_limits_never_grant(request, policy_set):
    """Without an identity and a resource policy, whatever the limits allow, only root may."""
    assume(not request.principal.endswith(":root"))
    assert not is_allowed(request, with_layers(policy_set, identity=(), resource=None))


@given(REQUESTS, policy_sets(), st.sampled_from(LAYERS), st.data())
def test_more_deny_in_any_layer_never_allows(request, policy_set, layer, data):
    """Wherever a Deny is added, nothing is allowed that was not, and no denial gets milder."""
    is_named = layer in ("rcp", "resource")
    settings = {"effects": ("Deny",), "with_principal": is_named}
    denial = as_policy([data.draw(statements(**settings))])
    held = getattr(policy_set, layer)
    assume(held or layer in ("identity", "rcp"))
    match layer:
        case "boundary" | "resource":
            document = dict(held.document)
            document["Statement"] = [*document["Statement"], *denial.document["Statement"]]
            added = parse_policy(document, name="any")
        case "scp" | "rcp":
            added = (*held[:-1], (*(held[-1] if held else ()), denial))
        case _:
            added = (*held, denial)
    more = evaluate(request, with_layers(policy_set, **{layer: added})).result
    before = evaluate(request, policy_set).result
    severity = [Result.ALLOWED, Result.IMPLICITLY_DENIED, Result.EXPLICITLY_DENIED]
    assert severity.index(more) >= severity.index(before)


@given(REQUESTS, policy_sets(), st.randoms(use_true_random=False))
def test_policy_order_is_irrelevant_in_every_layer(request, policy_set, shuffler):
    """Policies of a layer and statements of a resource policy may stand in any order."""

    def shuffled(items):
        return tuple(shuffler.sample(list(items), len(items)))

    turned = with_layers(
        policy_set,
        identity=shuffled(policy_set.identity),
        session=policy_set.session and shuffled(policy_set.session),
        scp=tuple(shuffled(level) for level in policy_set.scp),
        resource=policy_set.resource
        and as_policy(list(shuffled(policy_set.resource.document["Statement"]))),
    )
    assert evaluate(request, policy_set).result is evaluate(request, turned).result


@given(REQUESTS, policy_sets())
def test_level_order_is_irrelevant(request, policy_set):
    """Levels of the organization only intersect."""
    turned = with_layers(policy_set, scp=policy_set.scp[::-1], rcp=policy_set.rcp[::-1])
    assert evaluate(request, policy_set).result is evaluate(request, turned).result


@given(REQUESTS, policy_sets())
def test_decision_answers_why(request, policy_set):
    """A denial names its layer, an explicit one a matching Deny, and all can be explained."""
    decision = evaluate(request, policy_set)
    assert (decision.blocked_by is None) is decision.is_allowed
    matched = {item.reference for layer in decision.trace for item in layer.matched}
    assert decision.decided_by is None or decision.decided_by in matched
    if decision.result is Result.EXPLICITLY_DENIED:
        assert decision.decided_by is not None
    assert str(decision.result) in explain(decision)


@given(REQUESTS, policy_sets())
def test_key_and_action_case_is_irrelevant(request, policy_set):
    """Action names and context keys have no case."""
    context = {key.upper(): values for key, values in request.context.items()}
    shouted = Request(request.principal, request.action.upper(), request.resource, context)
    assert evaluate(request, policy_set).result is evaluate(shouted, policy_set).result


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["*", "Allow"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Effect", "Action", "Resource", "Principal", "Condition", "Bool"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def refusal_pointer(statement):
    """Where a statement is refused; its own place when it is read."""
    try:
        parse_policy({"Statement": statement}, name="any")
    except PolicyError as error:
        return error.pointer
    return "/Statement"


@given(JSON)
def test_any_json_is_read_or_refused(statement):
    """A statement of any shape is either read or refused with a place; nothing else happens."""
    assert refusal_pointer(statement).startswith("/Statement")
