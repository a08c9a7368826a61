"""Aliases: what they may stand for, what changes them, and what they keep from being deleted."""

import pytest
from small_worlds import FUNCTION_ARN, SmallWorld, a_running_world, granted, refused

from sim.model.journal_entries import AliasChanged

SITE = {"FunctionName": "site"}
LIVE = {**SITE, "Name": "live"}
INVALID = "InvalidParameterValueException"
NOT_FOUND = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"


def a_world_with_two_versions(**dials: object) -> SmallWorld:
    """A world whose function has the numbers 1 and 2."""
    world = a_running_world(**dials)
    code = {**SITE, "S3Bucket": "code", "S3Key": "2.zip", "Publish": True}
    granted(world.call("lambda:UpdateFunctionCode", code))
    return world.at("8m")


def live(version="1", weights=None, **members):
    """CreateAlias or UpdateAlias of `live`."""
    routing = {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    return {**LIVE, "FunctionVersion": version, **routing, **members}


def create(world, *given, **members):
    """Create `live`."""
    return world.call("lambda:CreateAlias", live(*given, **members))


def test_an_alias_is_shown_as_it_was_made():
    """Created, read and listed, it says the same; without weights there is no routing."""
    world = a_world_with_two_versions()
    made = granted(create(world, "1", {"2": 0.25}, Description="for all"))
    assert made["AliasArn"] == f"{FUNCTION_ARN}:live"
    assert made["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert granted(world.call("lambda:GetAlias", LIVE)) == made
    assert granted(world.call("lambda:ListAliases", SITE)) == {"Aliases": [made]}
    other = granted(world.call("lambda:CreateAlias", {**live("2"), "Name": "next"}))
    assert "RoutingConfig" not in other
    only_one = granted(world.call("lambda:ListAliases", {**SITE, "FunctionVersion": "1"}))
    assert only_one == {"Aliases": [made]}


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (("3",), NOT_FOUND, f"Function not found: {FUNCTION_ARN}:3"),
        (("1", {"3": 0.5}), NOT_FOUND, f"Function not found: {FUNCTION_ARN}:3"),
        (("1", {"1": 0.5}), INVALID, "Function version 1 is already included in routing"),
        (("1", {"1": 0.5, "2": 0.5}), INVALID, "AdditionalVersionWeights cannot be greater than 1"),
        (("$LATEST", {"1": 0.5}), INVALID, "$LATEST is not supported for an alias pointing to"),
        (("1", {"2": 1.5}), "ValidationException", "less than or equal to 1"),
        (("1", {"live": 0.5}), "ValidationException", "regular expression pattern"),
        (("live",), "ValidationException", "at 'functionVersion' failed"),
    ],
)
def test_what_an_alias_cannot_stand_for_is_refused(given, code, text):
    """Each reason has Lambda's words, and no alias is left behind."""
    world = a_world_with_two_versions()
    before = world.state()
    refused(create(world, *given), code, text)
    assert world.state() == before


def test_an_alias_exists_once():
    """A second one of the name conflicts, with its ARN."""
    world = a_running_world()
    granted(create(world))
    refused(create(world), CONFLICT, f"Alias already exists: {FUNCTION_ARN}:live")


def test_a_name_of_digits_is_no_alias():
    """It would be a version."""
    answer = a_running_world().call("lambda:CreateAlias", {**live(), "Name": "12"})
    refused(answer, "ValidationException", "Value '12' at 'name' failed")


def test_an_update_keeps_what_it_leaves_out():
    """Version, description and shares change on their own; an empty map takes the shares away."""
    world = a_world_with_two_versions()
    made = granted(create(world, "1", {"2": 0.25}, Description="for all"))
    moved = granted(world.call("lambda:UpdateAlias", {**LIVE, "Description": "for some"}))
    assert moved == {**made, "Description": "for some", "RevisionId": moved["RevisionId"]}
    assert moved["RevisionId"] != made["RevisionId"]
    done = granted(world.call("lambda:UpdateAlias", live("2", {})))
    assert (done["FunctionVersion"], "RoutingConfig" in done) == ("2", False)
    assert [e.change for e in world.entries(AliasChanged)] == ["created", "updated", "updated"]


def test_a_revision_that_is_not_the_newest_stops_an_update():
    """Who has read another revision is told to read again."""
    world = a_running_world()
    first = granted(create(world))["RevisionId"]
    second = {**LIVE, "Description": "new", "RevisionId": first}
    granted(world.call("lambda:UpdateAlias", second))
    refused(
        world.call("lambda:UpdateAlias", second),
        "PreconditionFailedException",
        "does not match the latest Revision Id",
    )


def test_unknown_aliases_are_told_in_the_words_of_each_operation():
    """Reading and updating one that is not there fails; deleting it is no mistake."""
    world = a_running_world()
    arn = f"{FUNCTION_ARN}:live"
    refused(world.call("lambda:GetAlias", LIVE), NOT_FOUND, f"Cannot find alias arn: {arn}")
    refused(world.call("lambda:UpdateAlias", LIVE), NOT_FOUND, f"Alias not found: {arn}")
    granted(world.call("lambda:DeleteAlias", LIVE))
    assert not world.entries(AliasChanged)


def test_a_version_is_not_deleted_under_an_alias():
    """Neither the first nor the second version of an alias; without the alias both may go."""
    world = a_world_with_two_versions()
    granted(create(world, "1", {"2": 0.1}))
    for number in ("1", "2"):
        answer = world.call("lambda:DeleteFunction", {**SITE, "Qualifier": number})
        refused(answer, CONFLICT, f"following aliases reference it: [{FUNCTION_ARN}:live]")
    granted(world.call("lambda:DeleteAlias", LIVE))
    granted(world.call("lambda:DeleteFunction", {**SITE, "Qualifier": "1"}))


def test_an_alias_is_a_qualifier():
    """It reads its first version under its own ARN; a name may carry it; it is no version."""
    world = a_world_with_two_versions()
    granted(create(world, "2"))
    shown = granted(world.call("lambda:GetFunctionConfiguration", {"FunctionName": "site:live"}))
    assert (shown["FunctionArn"], shown["Version"]) == (f"{FUNCTION_ARN}:live", "2")
    answer = world.call("lambda:DeleteFunction", {**SITE, "Qualifier": "live"})
    refused(answer, NOT_FOUND, f"{FUNCTION_ARN}:live")


def test_aliases_go_with_their_function():
    """A function of the same name has none of them."""
    world = a_running_world()
    granted(create(world))
    granted(world.call("lambda:DeleteFunction", SITE))
    refused(create(world), CONFLICT)
