"""Lambda's operations against a plain model: same answers, same names, and no trace of an error."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from lambda_reference import OK, Reference
from small_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    PROVIDER_ARN,
    SmallWorld,
    a_scenario,
    operator_policy_without,
)

from sim.model.api_results import ApiError
from sim.units import MINUTE_US

HORIZON = "48h"
PROVIDERS = ["alpha", "beta"]
FUNCTION = "site"
NUMBERS = ["1", "2", "3", "4"]
ALIASES = ["live", "next"]
TEXTS = ["", "one", "two"]
SELDOM = st.sampled_from([False] * 9 + [True])
# Nothing can be launched: a version fails soon, and time costs next to nothing.
SCENARIO = a_scenario(
    is_bare=True,
    operator=operator_policy_without("ec2:RunInstances"),
    duration=HORIZON,
)


class LambdaMachine(RuleBasedStateMachine):
    """One world and the plain model beside it."""

    page_size = 1
    """Entries of a page of every list."""

    @initialize()
    def begin(self):
        """A provider with a function that was published once."""
        self.world = SmallWorld(SCENARIO).unhurried().at("10s")
        self.model = Reference()
        self.create_provider("alpha")
        self.create_function("alpha", 1)
        self.publish()

    def agree(self, expected, operation, request):
        """The world answers as the model does, and an error leaves no trace."""
        before = self.world.state()
        answer = self.world.call(f"lambda:{operation}", request)
        code = answer.code if isinstance(answer, ApiError) else OK
        assert code == expected, (operation, request, answer)
        assert code == OK or self.world.state() == before

    @rule(name=st.sampled_from(PROVIDERS))
    def create_provider(self, name):
        """A provider under a name."""
        request = {**CREATE_PROVIDER, "CapacityProviderName": name}
        self.agree(self.model.create_provider(name), "CreateCapacityProvider", request)

    @rule(name=st.sampled_from(PROVIDERS), is_meant=SELDOM)
    def create_provider_twice(self, name, is_meant):
        """Of two that come at the same instant at most one wins."""
        if not is_meant:
            return
        won = [self.model.create_provider(name) for _ in range(2)]
        assert won.count(OK) <= 1
        for expected in won:
            request = {**CREATE_PROVIDER, "CapacityProviderName": name}
            self.agree(expected, "CreateCapacityProvider", request)

    @rule(name=st.sampled_from(PROVIDERS))
    def delete_provider(self, name):
        """End a provider."""
        request = {"CapacityProviderName": name}
        self.agree(self.model.delete_provider(name), "DeleteCapacityProvider", request)

    @rule(provider=st.sampled_from(PROVIDERS), count=st.integers(1, 2))
    def create_function(self, provider, count):
        """The function on one of the providers; of two at once at most one wins."""
        arn = PROVIDER_ARN.replace(":web", f":{provider}")
        config = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": arn}}
        request = {**CREATE_FUNCTION, "CapacityProviderConfig": config}
        for attempt in range(count):
            expected = self.model.create_function(FUNCTION, provider)
            assert attempt == 0 or expected != OK
            self.agree(expected, "CreateFunction", request)

    @rule(text=st.sampled_from(TEXTS), is_published=st.booleans())
    def describe(self, text, is_published):
        """Another description of the draft, published or not."""
        request = {"FunctionName": FUNCTION, "Description": text}
        expected = self.model.describe(FUNCTION, text)
        self.agree(expected, "UpdateFunctionConfiguration", request)
        if is_published:
            self.publish()

    @rule()
    def publish(self):
        """The next number, or the newest one again."""
        self.agree(self.model.publish(FUNCTION), "PublishVersion", {"FunctionName": FUNCTION})

    @rule(number=st.sampled_from(NUMBERS))
    def delete_version(self, number):
        """End one version."""
        request = {"FunctionName": FUNCTION, "Qualifier": number}
        self.agree(self.model.delete_version(FUNCTION, number), "DeleteFunction", request)

    @rule(is_meant=SELDOM)
    def delete_function(self, is_meant):
        """End the function; seldom, so that much can hang on it."""
        if not is_meant:
            return
        request = {"FunctionName": FUNCTION}
        self.agree(self.model.delete_function(FUNCTION), "DeleteFunction", request)

    @rule(
        alias=st.sampled_from(ALIASES),
        names=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2),
        is_new=st.booleans(),
    )
    def put_alias(self, alias, names, is_new):
        """An alias of one version or of two, created or updated."""
        request = {
            "FunctionName": FUNCTION,
            "Name": alias,
            "FunctionVersion": names[0],
            "RoutingConfig": {"AdditionalVersionWeights": dict.fromkeys(names[1:], 0.5)},
        }
        expected = self.model.put_alias(FUNCTION, alias, names, is_new=is_new)
        self.agree(expected, "CreateAlias" if is_new else "UpdateAlias", request)

    @rule(alias=st.sampled_from(ALIASES))
    def delete_alias(self, alias):
        """Let a name go."""
        request = {"FunctionName": FUNCTION, "Name": alias}
        self.agree(self.model.delete_alias(FUNCTION, alias), "DeleteAlias", request)

    @rule()
    def let_time_pass(self):
        """What was to come has come, and what was to go is gone."""
        now_us = self.world.system.foundation.kernel.now_us
        self.world.system.advance_to(now_us + 2 * MINUTE_US)
        self.model.let_time_pass()

    @invariant()
    def lists_have_the_same_names(self):
        """Providers, functions, versions and aliases, read page by page."""
        if not hasattr(self, "world"):
            return
        arns = [p["CapacityProviderArn"] for p in self.listed("ListCapacityProviders")]
        assert [arn.rpartition(":")[2] for arn in arns] == sorted(self.model.providers)
        names = [f["FunctionName"] for f in self.listed("ListFunctions")]
        assert names == sorted(self.model.functions)
        for name, function in self.model.functions.items():
            of = {"FunctionName": name}
            numbers = [v["Version"] for v in self.listed("ListVersionsByFunction", **of)]
            assert numbers == ["$LATEST", *sorted(function.versions, key=int)]
            aliases = [a["Name"] for a in self.listed("ListAliases", **of)]
            assert aliases == sorted(function.aliases)

    def listed(self, operation, **request):
        """A list, page by page."""
        found, marker = [], {}
        while True:
            page = {**request, "MaxItems": self.page_size, **marker}
            output = dict(self.world.call(f"lambda:{operation}", page).output)
            marker = {"Marker": output.pop("NextMarker", None)}
            (entries,) = output.values()
            found += entries
            if marker["Marker"] is None:
                return found


@pytest.mark.parametrize("examples", [40, pytest.param(2_000, marks=pytest.mark.slow)])
def test_the_world_answers_as_the_plain_model(examples):
    """Whatever is called in whatever order, fifty acts at a time."""
    run_state_machine_as_test(
        LambdaMachine,
        settings=settings(max_examples=examples, stateful_step_count=50, deadline=None),
    )
