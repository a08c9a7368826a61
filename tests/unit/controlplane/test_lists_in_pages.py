"""Lists in pages: nothing is lost or repeated, whatever the size of a page and what happens."""

from dataclasses import replace

import pytest
from small_worlds import FUNCTION_ARN, PROVIDER_ARN, a_running_world, granted, refused

from sim.model.states import CapacityProviderState

SITE = {"FunctionName": "site"}
WEB = {"CapacityProviderName": "web"}
LISTS = {
    "lambda:ListCapacityProviders": ("CapacityProviders", {}),
    "lambda:ListFunctionVersionsByCapacityProvider": ("FunctionVersions", WEB),
    "lambda:ListFunctions": ("Functions", {"FunctionVersion": "ALL"}),
    "lambda:ListVersionsByFunction": ("Versions", SITE),
    "lambda:ListAliases": ("Aliases", SITE),
}


def a_full_world():
    """Several of everything."""
    world = a_running_world()
    for number in range(2, 6):
        code = {**SITE, "S3Bucket": "code", "S3Key": f"{number}.zip", "Publish": True}
        granted(world.call("lambda:UpdateFunctionCode", code))
        name = f"provider-{number}"
        arn = PROVIDER_ARN.replace("web", name)
        provider = replace(
            world.provider,
            name=name,
            arn=arn,
            versions={},
            state=CapacityProviderState.PENDING,
        )
        world.system.world.capacity_providers.create(provider)
        alias = {**SITE, "Name": f"alias-{number}", "FunctionVersion": "1"}
        granted(world.call("lambda:CreateAlias", alias))
    return world


def pages(world, operation, size):
    """The pages of a list, to its end."""
    member, request = LISTS[operation]
    found, marker = [], {}
    while True:
        answer = granted(world.call(operation, {**request, **marker, "MaxItems": size}))
        found.append(answer[member])
        if "NextMarker" not in answer:
            return found
        marker = {"Marker": answer["NextMarker"]}


@pytest.mark.parametrize("operation", LISTS)
def test_pages_put_together_are_the_list(operation):
    """Of whatever size they are; none but the last is short, and none is empty."""
    world = a_full_world()
    member, request = LISTS[operation]
    whole = granted(world.call(operation, request))[member]
    assert len(whole) >= 4
    for size in range(1, len(whole) + 2):
        found = pages(world, operation, size)
        assert [entry for page in found for entry in page] == whole
        assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("marker", ["", "no marker", "WzFd", "e30=", "WyJhIiwgInh4Il0="])
def test_a_marker_that_was_not_answered_is_refused(operation, marker):
    """It is not taken for the beginning of the list."""
    answer = a_running_world().call(operation, {**LISTS[operation][1], "Marker": marker})
    refused(answer, "InvalidParameterValueException", "The marker is not one")


@pytest.mark.parametrize("operation", LISTS)
def test_a_page_has_at_least_one_entry(operation):
    """MaxItems of 0 is an error of shape."""
    answer = a_running_world().call(operation, {**LISTS[operation][1], "MaxItems": 0})
    refused(answer, "ValidationException", "at 'maxItems' failed to satisfy constraint")


def test_what_goes_between_two_pages_moves_nothing_else():
    """The entry that the marker is made of may be gone: the next page goes on behind it."""
    world = a_full_world()
    list_aliases = {**SITE, "MaxItems": 2}
    first = granted(world.call("lambda:ListAliases", list_aliases))
    assert [alias["Name"] for alias in first["Aliases"]] == ["alias-2", "alias-3"]
    granted(world.call("lambda:DeleteAlias", {**SITE, "Name": "alias-3"}))
    new = {**SITE, "Name": "alias-35", "FunctionVersion": "1"}
    granted(world.call("lambda:CreateAlias", new))
    second = granted(
        world.call("lambda:ListAliases", {**list_aliases, "Marker": first["NextMarker"]})
    )
    assert [alias["Name"] for alias in second["Aliases"]] == ["alias-35", "alias-4"]


def test_a_state_filters_providers():
    """Only those in it are listed, on full pages."""
    world = a_full_world()
    of = {"State": "Pending", "MaxItems": 3}
    first = granted(world.call("lambda:ListCapacityProviders", of))
    assert len(first["CapacityProviders"]) == 3
    rest = granted(
        world.call("lambda:ListCapacityProviders", {**of, "Marker": first["NextMarker"]})
    )
    assert len(rest["CapacityProviders"]) == 1
    active = granted(world.call("lambda:ListCapacityProviders", {"State": "Active"}))
    assert [p["CapacityProviderArn"] for p in active["CapacityProviders"]] == [PROVIDER_ARN]
    answer = world.call("lambda:ListCapacityProviders", {"MaxItems": 51})
    refused(answer, "ValidationException", "less than or equal to 50")


def test_functions_are_listed_by_their_draft_or_by_all_versions():
    """Without `ALL` each function once, under its own ARN."""
    world = a_full_world()
    (draft,) = granted(world.call("lambda:ListFunctions"))["Functions"]
    assert (draft["FunctionArn"], draft["Version"]) == (FUNCTION_ARN, "$LATEST")
    found = granted(world.call("lambda:ListVersionsByFunction", SITE))["Versions"]
    assert [v["Version"] for v in found] == ["$LATEST", "1", "2", "3", "4", "5"]
    assert found[1]["FunctionArn"] == f"{FUNCTION_ARN}:1"
