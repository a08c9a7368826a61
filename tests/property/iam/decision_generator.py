"""Draws decision cases around one request, so that statements match it, or miss it by one thing."""

import copy

import numpy as np

HOME, AWAY = "123456789012", "210987654321"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/operator/scaler"
LINKED_ROLE = (
    f"arn:aws:iam::{HOME}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda"
)
PRINCIPALS = [
    SESSION,
    SESSION,
    f"arn:aws:sts::{HOME}:assumed-role/operator/other",
    f"arn:aws:iam::{HOME}:user/alice",
    f"arn:aws:iam::{HOME}:user/team/alice",
    f"arn:aws:iam::{AWAY}:user/alice",
    f"arn:aws:sts::{AWAY}:assumed-role/operator/scaler",
    f"arn:aws:iam::{HOME}:root",
    LINKED_ROLE,
    "lambda.amazonaws.com",
    "ec2.amazonaws.com",
]
NAMED = [
    "*",
    {"AWS": "*"},
    {"AWS": HOME},
    {"AWS": f"arn:aws:iam::{HOME}:root"},
    {"AWS": AWAY},
    {"AWS": f"arn:aws:iam::{HOME}:role/service-role/operator"},
    {"AWS": [f"arn:aws:iam::{AWAY}:role/operator", f"arn:aws:iam::{HOME}:user/alice"]},
    {"Service": "lambda.amazonaws.com"},
    {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"], "AWS": SESSION},
    {"AWS": LINKED_ROLE},
    {"AWS": "AIDAJQABLZS4A3QDU576Q"},
    {"Federated": "cognito-identity.amazonaws.com"},
]
EC2 = f"arn:aws:ec2:us-east-1:{HOME}"
# Per topic: actions, what they are called on, and patterns around them.
TOPICS = [
    (
        ["ec2:RunInstances", "ec2:CreateTags", "ec2:TerminateInstances"],
        [
            f"{EC2}:instance/*",
            f"{EC2}:instance/i-0abc",
            f"{EC2}:subnet/subnet-1",
            "arn:aws:ec2:us-east-1::image/ami-1",
            f"arn:aws:ec2:us-east-1:{AWAY}:volume/*",
        ],
        [
            "arn:aws:ec2:*:*:instance/*",
            "arn:aws:ec2:*:*:*/*",
            f"arn:aws:ec2:*:{HOME}:subnet/*",
            f"arn:aws:ec2:us-east-?:{HOME}:*",
            "arn:aws:ec2:*::image/*",
            f"{EC2}:${{aws:RequestTag/team}}/*",
            f"{EC2}:instance/${{*}}",
            f"{EC2}:subnet/${{aws:PrincipalTag/subnet, 'subnet-1'}}",
            "arn:aws:ec2:*:*:Instance/*",
        ],
    ),
    (
        ["ec2:DescribeInstances", "ec2:DescribeSubnets"],
        ["*"],
        ["arn:aws:ec2:*:*:*", "*"],
    ),
    (
        ["sts:AssumeRole", "sts:TagSession", "iam:PassRole", "sts:GetCallerIdentity"],
        [f"arn:aws:iam::{HOME}:role/operator", f"arn:aws:iam::{AWAY}:role/operator"],
        ["arn:aws:iam::*:role/*", f"arn:aws:iam::{HOME}:role/op*r", "arn:aws:iam::*:role/x"],
    ),
    (
        ["kms:Decrypt", "kms:CreateGrant", "sqs:SendMessage"],
        [
            f"arn:aws:kms:us-east-1:{HOME}:key/k",
            f"arn:aws:sqs:us-east-1:{AWAY}:orders",
            "*",
        ],
        ["arn:aws:kms:*:*:key/*", "arn:aws:sqs:*:*:o?ders", "*"],
    ),
    (
        ["lambda:InvokeFunction", "lambda:CreateCapacityProvider", "s3:GetObject"],
        [
            f"arn:aws:lambda:us-east-1:{HOME}:function:orders",
            f"arn:aws:lambda:us-east-1:{AWAY}:function:orders",
            "arn:aws:s3:::orders/2026/a.json",
        ],
        [
            "arn:aws:lambda:*:*:function:*",
            f"arn:aws:lambda:us-east-1:{HOME}:*",
            "arn:aws:s3:::*/a.json",
            "arn:aws:s3:::orders/${aws:RequestTag/team}/*",
        ],
    ),
]
TEXT = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
]
ARN = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]
RELATIONS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"]
NUMERIC = [f"Numeric{relation}" for relation in [*RELATIONS, "GreaterThanEquals"]]
DATE = [f"Date{relation}" for relation in [*RELATIONS, "GreaterThanEquals"]]
SOURCE = f"arn:aws:lambda:us-east-1:{HOME}:function:orders"
TEAMS = ["red", "blue", "r*d", "RED"]
# Key: operators, values of requests, values that policies ask for besides.
SINGLE = {
    "aws:RequestTag/team": (
        TEXT,
        TEAMS,
        ["r?d", "${aws:PrincipalTag/team}", "r${*}d", "${aws:PrincipalTag/team, 'red'}*"],
    ),
    "aws:PrincipalTag/team": (TEXT, TEAMS, ["*", "${aws:RequestTag/team}", "bl${?}e", "b*e"]),
    "ec2:InstanceType": (TEXT, ["m7g.large", "m7g.xlarge", "c7g.large"], ["m7g.*", "?7g.l*e"]),
    "ec2:ManagedResourceOperator": (
        TEXT,
        ["scaler.lambda.amazonaws.com"],
        ["Scaler.Lambda.amazonaws.com", "*.amazonaws.com"],
    ),
    "aws:SourceArn": (
        [*ARN, *ARN, "StringLike", "StringNotLike"],
        [SOURCE, SOURCE.replace(HOME, AWAY), f"{SOURCE}:{HOME}:function:x", "not-an-arn"],
        [
            f"arn:aws:lambda:*:{HOME}:function:*",
            "arn:aws:lambda:*:*:*",
            "${aws:SourceArn}",
            "*",
            "arn:aws:lambda:us-east-1:${aws:SourceAccount}:function:orders",
        ],
    ),
    "aws:SourceAccount": (TEXT, [HOME, AWAY], ["1234*"]),
    "ec2:VolumeSize": (NUMERIC, ["9", "10", "30", "30.0", "nine", "-1"], [10, 30, "1e1", 9.5]),
    "aws:CurrentTime": (
        DATE,
        [
            "2026-07-01T10:00:00Z",
            "2026-07-01T12:00:00+02:00",
            "2026-07-01",
            "1782907200",
            "soon",
        ],
        ["2026-07-01T00:00:00Z", "2026-07-01T03:00:00-07:00", 1782907200],
    ),
    "aws:MultiFactorAuthPresent": (["Bool"], ["true", "false", "True"], [True, False]),
    "aws:SourceIp": (
        ["IpAddress", "NotIpAddress"],
        ["203.0.113.7", "198.51.100.1", "2001:db8::1", "lambda.amazonaws.com"],
        ["203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"],
    ),
    "aws:RequestTag/digest": (["BinaryEquals"], ["QQ==", "QUI=", "?"], ["QQ=="]),
}
MULTIPLE = {
    "aws:TagKeys": (TEXT, ["team", "cost", "TEAM", "x"], ["t*", "${aws:PrincipalTag/team}"]),
    "aws:CalledVia": (TEXT, ["lambda.amazonaws.com", "ec2.amazonaws.com"], ["*.amazonaws.com"]),
    "test:Sizes": (NUMERIC, ["1", "2", "3.0"], [2]),
    "test:Sources": (ARN, [SOURCE, SOURCE.replace("orders", "x")], ["arn:aws:lambda:*:*:*"]),
}
KEYS = SINGLE | MULTIPLE
FITTING = {"BinaryEquals": ["QQ==", "QUI="], "Bool": ["true", "false"]}


class Draws:
    """Cheap draws: a long run of uniform numbers, made at once."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.units = []

    def unit(self):
        """A number in [0, 1)."""
        if not self.units:
            self.units = self.generator.random(50_000).tolist()
        return self.units.pop()

    def chance(self, probability):
        """True with a probability."""
        return self.unit() < probability

    def one(self, options):
        """One of the options."""
        return options[int(self.unit() * len(options))]

    def some(self, options, most):
        """One to several of the options, no two at the same place."""
        left = list(options)
        count = min(len(left), 1 + int(self.unit() * most))
        return [left.pop(int(self.unit() * len(left))) for _ in range(count)]

    def bare(self, items):
        """A list of one without its brackets, as often as not."""
        return items[0] if len(items) == 1 and self.chance(0.5) else items


def draw_request(draws):
    """A request whose resource fits its action."""
    actions, resources, _ = draws.one(TOPICS)
    return {
        "principal": draws.one(PRINCIPALS),
        "action": draws.one(actions),
        "resource": draws.one(resources),
        "context": {key: draw_values(draws, key) for key in KEYS if draws.chance(0.6)},
    }


def draw_values(draws, key):
    """What a request brings for a key."""
    _, values, _ = KEYS[key]
    return draws.some(values, 3) if key in MULTIPLE else [draws.one(values)]


def topic_of(request):
    """The topic that a request was drawn from."""
    return next(topic for topic in TOPICS if request["action"] in topic[0])


def draw_neighbour(draws, request):
    """The request with one or two things changed."""
    changed = request | {"context": dict(request["context"])}
    actions, resources, _ = topic_of(request)
    for _ in range(1 + draws.chance(0.4)):
        kind = draws.one(["principal", "action", "resource", "context", "context", "context"])
        match kind:
            case "principal":
                changed["principal"] = draws.one(PRINCIPALS)
            case "action":
                changed["action"] = draws.one(actions)
            case "resource":
                changed["resource"] = draws.one(resources)
            case _:
                key = draws.one(list(KEYS))
                if changed["context"].pop(key, None) is None or draws.chance(0.6):
                    changed["context"][key] = draw_values(draws, key)
    return changed


def draw_policies(draws, request):
    """Policies in every layer or some, most of which have to do with the request."""

    def documents(most, **settings):
        return [draw_document(draws, request, **settings) for _ in range(int(most * draws.unit()))]

    def levels(most, **settings):
        return [documents(2.5, **settings) for _ in range(int(most * draws.unit()))]

    limit = {"full": 0.5}
    named = {"with_principal": True}
    is_trust = request["action"] in ("sts:AssumeRole", "sts:TagSession")
    return {
        "identity": documents(2.9, full=0.1),
        "boundary": draw_document(draws, request, **limit) if draws.chance(0.3) else None,
        "scp": levels(2.9, **limit) if draws.chance(0.35) else [],
        "rcp": levels(2.5, denying=0.9, **named) if draws.chance(0.2) else [],
        "session": documents(2.5, **limit) or None if draws.chance(0.25) else None,
        "resource": draw_document(draws, request, is_trust=is_trust, **named)
        if draws.chance(0.55)
        else None,
    }


def draw_document(draws, request, *, full=0.0, **settings):
    """A policy document; with some probability it also allows everything."""
    statements = [
        draw_statement(draws, request, **settings) for _ in range(int(1 + 2.5 * draws.unit()))
    ]
    if draws.chance(full):
        statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    version = draws.one(["2012-10-17"] * 8 + ["2008-10-17", None])
    document = {"Statement": draws.bare(statements)}
    return document if version is None else {"Version": version} | document


def draw_statement(draws, request, *, with_principal=False, is_trust=False, denying=0.22):
    """A statement that more often than not covers the request's action and resource."""
    statement = {"Effect": "Deny" if draws.chance(denying) else "Allow"}
    is_negated = draws.chance(0.12)
    statement["NotAction" if is_negated else "Action"] = draw_actions(draws, request, is_negated)
    if with_principal:
        statement["Principal"] = draw_principal(draws, request)
    if not is_trust:
        is_negated = draws.chance(0.12)
        name = "NotResource" if is_negated else "Resource"
        statement[name] = draw_resources(draws, request, is_negated)
    condition = {}
    for _ in range(int(2.6 * draws.unit())):
        operator, key, asked = draw_condition(draws, request)
        condition.setdefault(operator, {})[key] = asked
    return statement | ({"Condition": condition} if condition else {})


def draw_actions(draws, request, is_negated):
    """Names and patterns of actions."""
    actions, _, _ = topic_of(request)
    service, name = request["action"].split(":")
    fitting = [
        request["action"],
        request["action"].upper(),
        f"{service}:*",
        f"{service}:{name[:3]}*",
        f"{service}:?{name[1:]}",
        "*",
    ]
    aside = [*actions, "s3:Put*", f"{service}:{name[1:]}"]
    return draws.bare(draw_around(draws, fitting, aside, 0.2 if is_negated else 0.85))


def draw_resources(draws, request, is_negated):
    """ARNs and patterns."""
    _, resources, patterns = topic_of(request)
    fitting = [request["resource"], "*"] + [
        pattern
        for pattern in patterns
        if pattern.split("/")[0].split(":")[-1] in ("*", request["resource"].split("/")[0][-8:])
    ]
    aside = [*patterns, *patterns, *resources]
    return draws.bare(draw_around(draws, fitting, aside, 0.2 if is_negated else 0.6))


def draw_around(draws, fitting, aside, probability):
    """A few options, with some probability at least one of the fitting."""
    chosen = draws.some(aside, 2)
    if draws.chance(probability):
        chosen[int(draws.unit() * len(chosen))] = draws.one(fitting)
    return chosen


def draw_principal(draws, request):
    """A `Principal` element, often one that names the caller in one of the ways there are."""
    principal = request["principal"]
    if draws.chance(0.4):
        return draws.one(NAMED)
    if not principal.startswith("arn:"):
        return {"Service": draws.bare([principal])}
    account = principal.split(":")[4]
    ways = [principal, account, f"arn:aws:iam::{account}:root"]
    if ":assumed-role/" in principal:
        ways += [f"arn:aws:iam::{account}:role/path/operator"] * 2
    return {"AWS": draws.bare([draws.one(ways)])}


def draw_condition(draws, request):
    """Operator, key and asked values that leave no unsettled question.

    Unsettled, so left out: a multivalued key without set operator, and `ForAnyValue:...IfExists`.
    """
    key = draws.one(list(KEYS))
    if draws.chance(0.1):
        return (
            "Null",
            draw_case(draws, key),
            draws.bare([draws.one(["true", "false", True, False])]),
        )
    operators, values, asked = KEYS[key]
    operator = draws.one(operators)
    fitting = FITTING.get(operator, [*(v for v in values if is_askable(operator, v)), *asked])
    chosen = draws.some(fitting, 3)
    present = [v for v in request["context"].get(key, []) if is_askable(operator, v)]
    if present and operator not in FITTING and draws.chance(0.5):
        chosen[0] = draws.one(present)
    quantifier = draws.one(["ForAllValues:", "ForAnyValue:"]) if key in MULTIPLE else ""
    if key in SINGLE and draws.chance(0.06):
        quantifier = "ForAllValues:"
    if_exists = "IfExists" if quantifier != "ForAnyValue:" and draws.chance(0.2) else ""
    return f"{quantifier}{operator}{if_exists}", draw_case(draws, key), draws.bare(chosen)


def is_askable(operator, value):
    """Whether a policy may ask for a request's value: requests also bring nonsense."""
    if operator.startswith(("Numeric", "Date", "NotIp", "Ip")):
        return value not in ("nine", "soon", "lambda.amazonaws.com")
    return True


def draw_case(draws, key):
    """The key's name, sometimes in another case."""
    return key.upper() if draws.chance(0.08) else key


def shrunk(case, is_wrong):
    """The smallest case that is still wrong, by taking away whatever can be."""
    taken = True
    while taken:
        taken = False
        for smaller in smaller_cases(case):
            if is_wrong(smaller):
                case, taken = smaller, True
                break
    return case


def smaller_cases(case):
    """The case with one layer, document, statement, condition or context key less."""
    for path in removable(case["policies"], ()):
        smaller = copy.deepcopy(case)
        owner = smaller["policies"]
        for step in path[:-1]:
            owner = owner[step]
        if len(path) == 1:
            owner[path[0]] = [] if path[0] in ("identity", "scp", "rcp") else None
        else:
            del owner[path[-1]]
        yield smaller
    for key in case["request"]["context"]:
        smaller = copy.deepcopy(case)
        del smaller["request"]["context"][key]
        yield smaller


def removable(value, path):
    """Paths of what may be taken away, outermost first."""
    if isinstance(value, dict):
        for name, inner in value.items():
            is_layer = not path and inner not in (None, [])
            if is_layer or name == "Condition" or (path and path[-1] == "Condition"):
                yield (*path, name)
            if len(path) < 8:
                yield from removable(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, dict | list) and (len(value) > 1 or path[-1] != "Statement"):
                yield (*path, index)
            yield from removable(inner, (*path, index))
