"""Every lint rule fires on its mistake, at its place, and not on what only looks like it."""

import json
from pathlib import Path

import pytest

from sim.iam import parse_policy
from sim.iam.findings import PolicyUse, Severity
from sim.iam.linting import DOCUMENTED_LIMITS, SizeLimits, lint

POLICIES = Path(__file__).parents[3] / "sim" / "facts" / "data" / "policies"
INSTANCES = "arn:aws:ec2:*:*:instance/*"
SUBNETS = "arn:aws:ec2:*:*:subnet/*"
BUCKET = "arn:aws:s3:::orders/*"
ROLE = "arn:aws:iam::123456789012:role/operator"
CURRENT = "2012-10-17"
KEY = "s3:prefix"


def allow(action="s3:GetObject", resource=BUCKET, **elements):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action="s3:GetObject", resource=BUCKET, **elements):
    """A Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **elements}


def when(**operators):
    """A condition element; operators as `StringEquals={key: value}`."""
    return {"Condition": {name.replace("__", ":"): block for name, block in operators.items()}}


def launch(resource="*", effect=allow, **operators):
    """A statement about launches with conditions."""
    return effect("ec2:RunInstances", resource, **when(**operators))


def trusts(principal, **elements):
    """A statement of a resource policy."""
    return allow(Principal=principal) | elements


def found(*statements, use=PolicyUse.MANAGED, version=CURRENT, **settings):
    """The findings about a document of the statements."""
    document = {"Version": version, "Statement": list(statements)}
    if version is None:
        del document["Version"]
    return lint(document, kind=use, **settings)


def codes(*statements, **settings):
    """Rule and place of the findings, the place without the statement's own."""
    return {
        (finding.code, finding.pointer.removeprefix("/Statement/0"))
        for finding in found(*statements, **settings)
    }


CASES = [
    (
        "multivalued-key-without-set-operator",
        "/Condition/StringEquals/aws:TagKeys",
        allow(**when(StringEquals={"aws:TagKeys": "team"})),
        allow(**when(ForAnyValue__StringEquals={"aws:TagKeys": "team"})),
    ),
    (
        "set-operator-on-single-valued-key",
        "/Condition/ForAnyValue:StringEquals/aws:RequestTag~1team",
        allow(**when(ForAnyValue__StringEquals={"aws:RequestTag/team": "red"})),
        allow(**when(StringEquals={"aws:RequestTag/team": "red"})),
    ),
    (
        "for-all-values-allows-absent-key",
        "/Condition/ForAllValues:StringEquals/aws:TagKeys",
        allow(**when(ForAllValues__StringEquals={"aws:TagKeys": "team"})),
        allow(
            **when(
                ForAllValues__StringEquals={"aws:TagKeys": "team"}, Null={"aws:tagkeys": "false"}
            )
        ),
    ),
    (
        "for-all-values-allows-absent-key",
        "/Condition/ForAllValues:StringNotEquals/aws:TagKeys",
        allow(**when(ForAllValues__StringNotEquals={"aws:TagKeys": "team"})),
        deny(**when(ForAllValues__StringNotEquals={"aws:TagKeys": "team"})),
    ),
    (
        "for-any-value-if-exists",
        "/Condition/ForAnyValue:StringEqualsIfExists/aws:TagKeys",
        allow(**when(ForAnyValue__StringEqualsIfExists={"aws:TagKeys": "team"})),
        allow(**when(ForAnyValue__StringEquals={"aws:TagKeys": "team"})),
    ),
    (
        "wildcard-in-string-equals",
        "/Condition/StringEquals/aws:username/1",
        allow(**when(StringEquals={"aws:username": ["alice", "b*"]})),
        allow(**when(StringEquals={"aws:username": ["alice", "b${*}"]})),
    ),
    (
        "wildcard-in-string-equals",
        "/Condition/StringNotEqualsIgnoreCase/aws:username",
        allow(**when(StringNotEqualsIgnoreCase={"aws:username": "al?ce"})),
        allow(**when(StringNotLike={"aws:username": "al?ce"})),
    ),
    (
        "value-never-matches",
        "/Condition/ArnLike/aws:SourceArn",
        allow(**when(ArnLike={"aws:SourceArn": "arn:aws:lambda:*"})),
        allow(**when(ArnLike={"aws:SourceArn": "arn:aws:lambda:*:*:*"})),
    ),
    (
        "value-never-matches",
        "/Condition/StringEquals/aws:SecureTransport",
        allow(**when(StringEquals={"aws:SecureTransport": "yes"})),
        allow(**when(StringEquals={"aws:SecureTransport": "True"})),
    ),
    (
        "value-never-matches",
        "/Condition/StringEquals/aws:PrincipalArn",
        allow(**when(StringEquals={"aws:PrincipalArn": "operator"})),
        allow(**when(StringEquals={"aws:PrincipalArn": ROLE})),
    ),
    (
        "operator-does-not-fit-key",
        "/Condition/NumericLessThan/aws:username",
        allow(**when(NumericLessThan={"aws:username": 3})),
        allow(**when(NumericLessThan={"aws:MultiFactorAuthAge": 3})),
    ),
    (
        "operator-does-not-fit-key",
        "/Condition/DateLessThan/aws:SourceIp",
        allow(**when(DateLessThan={"aws:SourceIp": "2026-01-01"})),
        allow(**when(DateLessThan={"aws:CurrentTime": "2026-01-01"})),
    ),
    (
        "operator-does-not-fit-key",
        "/Condition/IpAddress/aws:SourceVpc",
        allow(**when(IpAddress={"aws:SourceVpc": "10.0.0.0/8"})),
        allow(**when(IpAddress={"aws:VpcSourceIp": "10.0.0.0/8"})),
    ),
    (
        "never-matches",
        "/Condition/StringEquals/s3:prefix",
        allow(**when(Null={KEY: "true"}, StringEquals={KEY: "a"})),
        allow(**when(Null={KEY: "true"}, StringEqualsIfExists={KEY: "a"})),
    ),
    (
        "never-matches",
        "/Condition/StringLike/s3:prefix",
        allow(**when(StringEquals={KEY: ["a", "b"]}, StringLike={KEY: "c*"})),
        allow(**when(StringEquals={KEY: ["a", "cd"]}, StringLike={KEY: "c*"})),
    ),
    (
        "never-matches",
        "/Condition/StringNotEquals/S3:PREFIX",
        allow(**when(StringEquals={KEY: "a"}, StringNotEquals={"S3:PREFIX": ["a", "b"]})),
        allow(**when(StringEquals={KEY: "a"}, StringNotEquals={"S3:PREFIX": "${aws:userid}"})),
    ),
    (
        "never-matches",
        "/Condition/NumericGreaterThan/s3:max-keys",
        allow(**when(NumericLessThan={"s3:max-keys": 5}, NumericGreaterThan={"s3:max-keys": 7})),
        allow(**when(NumericLessThan={"s3:max-keys": 7}, NumericGreaterThan={"s3:max-keys": 5})),
    ),
    (
        "never-matches",
        "/Condition/BoolIfExists/aws:SecureTransport",
        allow(
            **when(
                Bool={"aws:SecureTransport": True}, BoolIfExists={"aws:SecureTransport": "false"}
            )
        ),
        allow(
            **when(
                BoolIfExists={"aws:SecureTransport": True},
                Bool={"aws:SecureTransport": ["true", "false"]},
            )
        ),
    ),
    (
        "never-matches",
        "/Resource/1",
        allow("ec2:StopInstances", [INSTANCES, BUCKET]),
        allow(["ec2:StopInstances", "s3:GetObject"], [INSTANCES, BUCKET]),
    ),
    (
        "never-matches",
        "/Action/1",
        allow(["ec2:StopInstances", "s3:GetObject"], INSTANCES),
        allow(["ec2:StopInstances", "s3:GetObject"], [INSTANCES, "*"]),
    ),
    (
        "never-matches",
        "/Resource",
        allow("sts:AssumeRole", "arn:aws:lambda:*:*:function:*"),
        allow("sts:AssumeRole", ROLE),
    ),
    (
        "never-matches",
        "/Action",
        allow("ec2:DescribeInstances", "arn:aws:ec2:*:*:*"),
        allow("ec2:DescribeInstances", "*"),
    ),
    (
        "never-matches",
        "/Condition/StringEquals/lambda:SubnetIds",
        allow("ec2:StopInstances", INSTANCES, **when(StringEquals={"lambda:SubnetIds": "s"})),
        allow("ec2:StopInstances", INSTANCES, **when(StringNotEquals={"lambda:SubnetIds": "s"})),
    ),
    (
        "never-matches",
        "/Condition/ArnEquals/ec2:Vpc",
        allow("lambda:InvokeFunction", "*", **when(ArnEquals={"ec2:Vpc": "arn:aws:ec2:::vpc/v"})),
        allow("s3:GetObject", "*", **when(ArnEquals={"lambda:SourceFunctionArn": "a:b:c:d:e:f"})),
    ),
    (
        "never-matches",
        "/Condition/StringEquals/ec2:InstanceType",
        launch(SUBNETS, StringEquals={"ec2:InstanceType": "m7g.large"}),
        launch(INSTANCES, StringEquals={"ec2:InstanceType": "m7g.large"}),
    ),
    (
        "allow-misses-absent-key",
        "/Condition/StringLike/ec2:InstanceType",
        launch(StringLike={"ec2:InstanceType": "m7g.*"}),
        launch(StringLikeIfExists={"ec2:InstanceType": "m7g.*"}),
    ),
    (
        "allow-misses-absent-key",
        "/Condition/StringEquals/ec2:ManagedResourceOperator",
        launch(StringEquals={"ec2:ManagedResourceOperator": "scaler.lambda.amazonaws.com"}),
        launch(INSTANCES, StringEquals={"ec2:ManagedResourceOperator": "scaler"}),
    ),
    (
        "deny-on-absent-key",
        "/Condition/StringNotEquals/ec2:InstanceType",
        launch(effect=deny, StringNotEquals={"ec2:InstanceType": "m7g.large"}),
        launch(INSTANCES, effect=deny, StringNotEquals={"ec2:InstanceType": "m7g.large"}),
    ),
    (
        "deny-on-absent-key",
        "/Condition/StringNotLikeIfExists/ec2:InstanceType",
        launch(effect=deny, StringNotLikeIfExists={"ec2:InstanceType": "m7g.*"}),
        launch(
            effect=deny,
            StringNotLike={"ec2:InstanceType": "m7g.*"},
            Null={"ec2:InstanceType": "false"},
        ),
    ),
    (
        "deny-on-absent-key",
        "/Condition/Null/aws:RequestTag~1team",
        launch(effect=deny, Null={"aws:RequestTag/team": "true"}),
        launch(effect=deny, Null={"aws:PrincipalTag/team": "true"}),
    ),
    (
        "deny-on-absent-key",
        "/Condition/StringNotEquals/ec2:Owner",
        launch(
            effect=deny,
            StringNotEquals={"ec2:Owner": "amazon"},
            StringEquals={"ec2:Region": "us-east-1"},
        ),
        launch(
            effect=deny,
            StringNotEquals={"ec2:Owner": "amazon"},
            StringEquals={"ec2:ImageType": "machine"},
        ),
    ),
    (
        "allow-with-not-action",
        "/NotAction",
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"},
    ),
    (
        "allow-with-not-resource",
        "/NotResource",
        {"Effect": "Allow", "Action": "s3:*", "NotResource": BUCKET},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": BUCKET},
    ),
    ("allows-everything", "", allow("*", "*"), allow("s3:*", "*")),
]


@pytest.mark.parametrize(
    ("code", "pointer", "mistake", "near_miss"),
    CASES,
    ids=[f"{code}{pointer}" for code, pointer, _, _ in CASES],
)
def test_rule_fires_on_its_mistake_only(code, pointer, mistake, near_miss):
    """The mistake gives the finding at its place, the near miss no finding of that rule."""
    assert (code, pointer) in codes(mistake)
    assert code not in {found_code for found_code, _ in codes(near_miss)}


@pytest.mark.parametrize(
    ("code", "pointer", "statement"),
    [
        ("not-principal", "", {"Effect": "Deny", "NotPrincipal": "*", "Action": "*"}),
        (
            "partial-wildcard-in-principal",
            "/Principal/AWS",
            trusts({"AWS": "arn:aws:iam::123456789012:role/op*"}),
        ),
        ("bad-principal", "/Principal/AWS", trusts({"AWS": "alice"})),
        ("unknown-operator", "/Condition/StringIs", trusts("*", **when(StringIs={"a:b": "c"}))),
        ("unknown-element", "/Conditions", trusts("*", Conditions={})),
        ("malformed-value", "/Condition/Bool/a:b", trusts("*", **when(Bool={"a:b": "maybe"}))),
        (
            "malformed-value",
            "/Condition/IpAddress/a:b",
            trusts("*", **when(IpAddress={"a:b": "10.0.0.0/99"})),
        ),
        (
            "malformed-value",
            "/Condition/NumericEquals/a:b",
            trusts("*", **when(NumericEquals={"a:b": "ten"})),
        ),
        (
            "malformed-value",
            "/Condition/DateLessThan/a:b",
            trusts("*", **when(DateLessThan={"a:b": "July"})),
        ),
        ("refused-document", "/Effect", trusts("*", Effect="Permit")),
    ],
)
def test_refusal_is_a_located_finding_with_a_repair(code, pointer, statement):
    """What AWS would not save is an error with place and repair, under the name of its rule."""
    (finding,) = found(statement, use=PolicyUse.RESOURCE)
    assert (finding.code, finding.pointer) == (code, f"/Statement/0{pointer}")
    assert finding.severity is Severity.ERROR
    assert finding.help


def test_refusal_of_a_whole_document_is_a_finding():
    """Text that is no document gives one finding at the document."""
    (finding,) = lint("{", kind=PolicyUse.MANAGED)
    assert (finding.code, finding.pointer) == ("refused-document", "")


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_everyone_as_principal_is_found(principal):
    """Everyone under Allow without a condition is found, however it is written."""
    (finding,) = found(trusts(principal), use=PolicyUse.RESOURCE)
    assert finding.code == "everyone-is-principal"
    assert finding.pointer.startswith("/Statement/0/Principal")


@pytest.mark.parametrize(
    "statement",
    [
        trusts("*", Effect="Deny"),
        trusts("*", **when(StringEquals={"aws:PrincipalOrgID": "o-1"})),
        trusts({"AWS": "123456789012"}),
        trusts({"Service": "lambda.amazonaws.com"}),
    ],
)
def test_limited_principal_is_not_found(statement):
    """Everyone in a Deny or under a condition is fine, and so are accounts and services."""
    assert found(statement, use=PolicyUse.RESOURCE) == ()


@pytest.mark.parametrize(
    "use", [PolicyUse.SERVICE_CONTROL, PolicyUse.BOUNDARY, PolicyUse.SESSION], ids=str
)
def test_breadth_of_a_limit_is_no_finding(use):
    """A policy that never grants may allow everything."""
    assert found(allow("*", "*"), use=use) == ()


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_variable_without_version_is_found(version):
    """Under the old version a variable is plain text, which the first place tells."""
    resource = "arn:aws:s3:::home/${aws:username}/*"
    (finding,) = found(allow(resource=[BUCKET, resource]), version=version)
    assert finding.code == "variable-without-version"
    assert finding.pointer == "/Statement/0/Resource/1"


def test_variable_with_version_is_fine():
    """The current version has variables, and the old one does not need them."""
    assert found(allow(resource="arn:aws:s3:::home/${aws:username}/*")) == ()
    assert found(allow(), version=None) == ()


def test_duplicate_statement_is_found():
    """Sid, order and brackets make no difference between statements."""
    first = allow(["s3:GetObject", "s3:PutObject"], [BUCKET], Sid="First")
    second = allow(["s3:PutObject", "s3:GetObject"], BUCKET, Sid="Second")
    (finding,) = found(first, second)
    assert (finding.code, finding.pointer) == ("duplicate-statement", "/Statement/1")
    assert "`/Statement/0`" in finding.message


def test_similar_statements_are_no_duplicates():
    """Another effect or another action is another statement."""
    assert found(allow(), deny(), allow("s3:PutObject")) == ()


def a_document_of(size):
    """Text of a document with a number of characters, white space apart."""
    document = {"Version": CURRENT, "Statement": [allow(resource="arn:aws:s3:::")]}
    missing = size - len("".join(json.dumps(document).split()))
    document["Statement"][0]["Resource"] += "x" * missing
    return json.dumps(document, indent=4)


@pytest.mark.parametrize(
    ("use", "limit"),
    [
        (PolicyUse.MANAGED, 6_144),
        (PolicyUse.BOUNDARY, 6_144),
        (PolicyUse.USER_INLINE, 2_048),
        (PolicyUse.GROUP_INLINE, 5_120),
        (PolicyUse.ROLE_INLINE, 10_240),
        (PolicyUse.SESSION, 2_048),
        (PolicyUse.SERVICE_CONTROL, 5_120),
    ],
    ids=str,
)
def test_size_counts_no_white_space(use, limit):
    """A document may have just the limit, indented or not, and no character more."""
    assert lint(a_document_of(limit), kind=use) == ()
    (finding,) = lint(a_document_of(limit + 1), kind=use)
    assert finding.code == "too-large"
    assert f"{limit + 1} characters" in finding.message


def test_size_of_an_object_is_that_of_its_text():
    """A document already read, and a compiled policy, are measured as compact text."""
    document = json.loads(a_document_of(6_145))
    policy = parse_policy(document, name="large")
    for given in (document, policy):
        assert [finding.code for finding in lint(given, kind=PolicyUse.MANAGED)] == ["too-large"]


def test_size_limits_can_be_replaced():
    """Whoever knows other limits passes them in; a resource's own policy has none here."""
    limits = SizeLimits(trust=10, managed=10)
    text = a_document_of(500)
    assert lint(text, kind=PolicyUse.MANAGED, limits=limits) != ()
    assert DOCUMENTED_LIMITS.of(PolicyUse.TRUST) == 2_048
    assert DOCUMENTED_LIMITS.of(PolicyUse.RESOURCE_CONTROL) == 5_120
    assert limits.of(PolicyUse.RESOURCE) is None


def test_character_outside_the_accepted_range_is_found():
    """Text holds characters up to U+00FF; an escape stands for any other."""
    document = {"Version": CURRENT, "Statement": [allow(Sid="Größe")]}
    assert lint(json.dumps(document, ensure_ascii=False), kind=PolicyUse.MANAGED) == ()
    document["Statement"][0]["Sid"] = "価格"
    assert lint(json.dumps(document), kind=PolicyUse.MANAGED) == ()
    (finding,) = lint(json.dumps(document, ensure_ascii=False), kind=PolicyUse.MANAGED)
    assert finding.code == "character-not-accepted"
    assert "U+4FA1" in finding.message


def test_published_policies_are_clean():
    """The policies that AWS publishes for managed instances give no finding."""
    files = sorted(POLICIES.glob("AWSLambda*.json"))
    assert len(files) >= 5
    for file in files:
        assert lint(file.read_text(), kind=PolicyUse.MANAGED) == (), file.name
    trust = (POLICIES / "trust-policy-for-lambda.json").read_text()
    assert lint(trust, kind=PolicyUse.TRUST) == ()


def test_every_finding_has_a_repair():
    """Findings are lower case, name their place and say what to do."""
    findings = [finding for _, _, mistake, _ in CASES for finding in found(mistake)]
    assert len(findings) >= len(CASES)
    for finding in findings:
        assert finding.help
        assert not finding.message.endswith(".")
        assert finding.message[:1] == finding.message[:1].lower()


def test_conditions_of_very_many_values_are_not_searched():
    """A contradiction is looked for only where that takes few comparisons."""
    contradiction = {"NumericEquals": {"a:b": [5, 6]}, "NumericLessThan": {"a:b": 5}}
    assert "never-matches" in {code for code, _ in codes(allow(Condition=contradiction))}
    contradiction["NumericEquals"]["a:b"] = list(range(5, 5_000))
    assert codes(allow(Condition=contradiction)) == {("too-large", "")}
