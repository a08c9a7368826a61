"""IAM against its plain model: the same answers, the same entities, and no trace of a refusal."""

import random  # noqa: TID251 - a test fixes its seed

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plain_iam import PlainIam, holder, policy_arn
from small_worlds import SmallWorld, a_scenario, allow, document, trust

from sim.model.api_results import ApiError

SCENARIO = a_scenario(is_bare=True)
NAMES = ["a", "A", "b"]
POLICIES = ["p", "P", "q"]
KINDS = ["Role", "User"]
DOCUMENTS = [document(allow("ec2:*")), document(allow("s3:*")), "{no json"]
VERSIONS = ["v1", "v2", "v3", "v6", "v9"]
STEPS = 100_000
STEPS_PER_WORLD = 2_000


def a_world():
    """A world in which nothing else happens, and its plain model."""
    world = SmallWorld(SCENARIO).at("10s")
    principals = world.account.principals

    def told(identities):
        return {
            i.name: holder(inline=i.stored.inline, managed=i.stored.managed) for i in identities
        }

    return world, PlainIam(told(principals.roles()), told(principals.users()))


def entities(world):
    """What IAM has stored, in the shape of the plain model."""
    account = world.account

    def told(identity):
        stored = identity.stored
        return {
            "boundary": stored.boundary.arn if stored.boundary else None,
            "inline": set(stored.inline),
            "managed": set(stored.managed),
            "tags": {key.lower(): (key, value) for key, value in identity.tags.items()},
            "keys": [key.status.value for key in getattr(identity, "access_keys", {}).values()],
        }

    return (
        {role.name: told(role) for role in account.principals.roles()},
        {user.name: told(user) for user in account.principals.users()},
        {
            policy.arn: {
                "versions": list(policy.versions),
                "default": policy.default_version_id,
                "made": policy.versions_made,
            }
            for policy in account.managed_policies.customers()
        },
    )


def act(choose):
    """One call; `choose` picks one of several."""
    kind, name = choose(KINDS), choose(NAMES)
    named, arn = {f"{kind}Name": name}, {"PolicyArn": policy_arn(choose(POLICIES))}
    boundary = {"PermissionsBoundary": arn["PolicyArn"]}
    inline = {**named, "PolicyName": choose(["x", "y"])}
    written = {"PolicyDocument": choose(DOCUMENTS)}
    version = {**arn, "VersionId": choose(VERSIONS)}
    trusted = {"AssumeRolePolicyDocument": trust()} if kind == "Role" else {}
    tags = [{"Key": choose(["k", "K", "l"]), "Value": choose(["1", "2"])} for _ in "12"]
    return choose(
        [
            (f"iam:Create{kind}", {**named, **trusted}),
            (f"iam:Create{kind}", {**named, **trusted, **boundary}),
            (f"iam:Delete{kind}", named),
            (f"iam:Delete{kind}", named),
            (f"iam:Put{kind}Policy", {**inline, **written}),
            (f"iam:Delete{kind}Policy", inline),
            (f"iam:Delete{kind}Policy", inline),
            (f"iam:Attach{kind}Policy", {**named, **arn}),
            (f"iam:Detach{kind}Policy", {**named, **arn}),
            (f"iam:Detach{kind}Policy", {**named, **arn}),
            (f"iam:Put{kind}PermissionsBoundary", {**named, **boundary}),
            (f"iam:Delete{kind}PermissionsBoundary", named),
            ("iam:TagRole", {"RoleName": name, "Tags": tags}),
            ("iam:UntagRole", {"RoleName": name, "TagKeys": [choose(["k", "K", "l"])]}),
            ("iam:CreatePolicy", {"PolicyName": choose(POLICIES), **written}),
            ("iam:DeletePolicy", arn),
            ("iam:DeletePolicy", arn),
            ("iam:CreatePolicyVersion", {**arn, **written, "SetAsDefault": choose([True, False])}),
            ("iam:SetDefaultPolicyVersion", version),
            ("iam:DeletePolicyVersion", version),
            ("iam:CreateAccessKey", {"UserName": name}),
            ("iam:DeleteAccessKey", {"UserName": name, "AccessKeyId": "AKIA00000000000000000"}),
        ]
    )


def same_answer(world, plain, call):
    """Make a call in both and compare the codes; the code."""
    operation, request = call
    answer = world.call(operation, request)
    code = answer.code if isinstance(answer, ApiError) else ""
    assert code == plain.answer(operation, request), (operation, request, answer)
    return code


def delete_oldest_keys(world, plain):
    """Every user with a key loses the oldest one, so that users can be deleted again."""
    for user in world.account.principals.users():
        for key in list(user.access_keys)[:1]:
            answer = world.call("iam:DeleteAccessKey", {"UserName": user.name, "AccessKeyId": key})
            assert not isinstance(answer, ApiError)
            plain.forget_key(user.name)


class IamHistory(RuleBasedStateMachine):
    """Any history of calls, told to IAM and to its plain model."""

    @initialize()
    def begin(self):
        """An account in which nothing else happens."""
        self.world, self.plain = a_world()

    @rule(data=st.data())
    def call(self, data):
        """Any call; a refused one leaves everything, spread or not, as it was."""
        before = self.world.state()
        call = act(lambda choices: data.draw(st.sampled_from(choices)))
        if same_answer(self.world, self.plain, call):
            assert self.world.state() == before

    @rule(name=st.sampled_from(NAMES), spellings=st.lists(st.booleans(), min_size=2, max_size=4))
    def race(self, name, spellings):
        """Of several who make a role of one name at one instant, one wins if it was free."""
        taken = {known.lower() for known in self.plain.roles}
        wanted = [name.upper() if is_upper else name.lower() for is_upper in spellings]
        codes = [
            same_answer(
                self.world,
                self.plain,
                ("iam:CreateRole", {"RoleName": n, "AssumeRolePolicyDocument": trust()}),
            )
            for n in wanted
        ]
        assert codes.count("") == (0 if name.lower() in taken else 1)

    @rule()
    def lose_keys(self):
        """Keys go."""
        delete_oldest_keys(self.world, self.plain)

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds):
        """Time passes, and changes spread; what is stored does not change by it."""
        now_s = self.world.account.now_us // 1_000_000
        self.world.at(f"{now_s + seconds}s")

    @invariant()
    def entities_are_those_of_the_plain_model(self):
        """Roles, users and policies are equal at all times."""
        if hasattr(self, "world"):
            plain = self.plain
            assert entities(self.world) == (plain.roles, plain.users, plain.policies)


IamHistory.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestIamHistory = IamHistory.TestCase


def test_a_hundred_thousand_steps_agree():
    """Long random histories of a fixed seed: same codes, same entities, no trace of a refusal."""
    draw = random.Random(20261125)
    for _ in range(STEPS // STEPS_PER_WORLD):
        world, plain = a_world()
        before = entities(world)
        for step in range(STEPS_PER_WORLD):
            code = same_answer(world, plain, act(draw.choice))
            after = entities(world)
            assert after == (before if code else (plain.roles, plain.users, plain.policies))
            before = after
            if step % 10 == 0:
                delete_oldest_keys(world, plain)
                before = entities(world)
