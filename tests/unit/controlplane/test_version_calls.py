"""Versions: numbers that stay, the head that is published again in place, and how each ends."""

import base64
import hashlib
from itertools import accumulate

import pytest
from small_worlds import (
    CREATE_FUNCTION,
    FUNCTION_ARN,
    a_running_world,
    a_world,
    granted,
    refused,
    shown,
)

from sim.model.journal_entries import EnvironmentChanged, FunctionVersionUpdated
from sim.model.states import EnvironmentState

CREATE = "lambda:CreateFunction"
PUBLISH = "lambda:PublishVersion"
UPDATE = "lambda:UpdateFunctionCode"
DELETE = "lambda:DeleteFunction"
GET = "lambda:GetFunctionConfiguration"
PUT = "lambda:PutFunctionScalingConfig"
SITE = {"FunctionName": "site"}
HEAD = "$LATEST.PUBLISHED"
TO_HEAD = {"PublishTo": "LATEST_PUBLISHED"}
INVALID = "InvalidParameterValueException"
CONFLICT = "ResourceConflictException"


def code(key, **publishing):
    """UpdateFunctionCode with an archive of that key."""
    return {**SITE, "S3Bucket": "code", "S3Key": key, **publishing}


def of(qualifier):
    """The version as a request names it."""
    return {**SITE, "Qualifier": qualifier}


def a_world_with_head(**dials):
    """A world whose function has the head and nothing else."""
    world = a_world(has_functions=False, **dials).at("10s")
    answer = granted(world.call(CREATE, {**CREATE_FUNCTION, **TO_HEAD}))
    arn = f"{FUNCTION_ARN}:{HEAD}"
    assert (
        answer.items()
        >= {
            "FunctionArn": arn,
            "State": "Pending",
            "LastUpdateStatus": "InProgress",
            "Version": HEAD,
        }.items()
    )
    return world.at("5m")


def present(world, qualifier):
    """Environments of a version that start or serve."""
    version = world.account.functions.existing("site").version(qualifier)
    return [] if version is None else version.present()


def _ready_change(entry):
    is_ready, was_ready = (
        state == EnvironmentState.READY for state in (entry.new_state, entry.old_state)
    )
    return is_ready - was_ready


def updates(world):
    """How publishings in place went."""
    return [(e.status, e.reason_code) for e in world.entries(FunctionVersionUpdated)]


def test_other_code_becomes_another_version_beside_the_first():
    """Version 2 is Pending, then Active with an index and environments of its own; 1 stays."""
    world = a_running_world()
    answer = granted(world.call(UPDATE, code("2.zip")))
    assert shown(answer) == (FUNCTION_ARN, "$LATEST", "ActiveNonInvocable")
    answer = granted(world.call(PUBLISH, SITE))
    assert shown(answer) == (f"{FUNCTION_ARN}:2", "2", "Pending")
    world.at("8m")
    assert [granted(world.call(GET, of(q)))["State"] for q in "12"] == ["Active", "Active"]
    assert [len(present(world, q)) for q in "12"] == [3, 3]
    function = world.account.functions.existing("site")
    assert [v.function_index for v in function.versions()] == [0, 1]
    rows = [e.row for q in "12" for e in present(world, q)]
    assert len(set(rows)) == 6


def test_the_same_code_is_published_once():
    """Publishing it again, or updating to the same place, answers the version that there is."""
    world = a_running_world()
    first = granted(world.call(UPDATE, code("2.zip", Publish=True)))
    assert first["Version"] == "2"
    assert granted(world.call(PUBLISH, SITE))["Version"] == "2"
    assert granted(world.call(UPDATE, code("2.zip", Publish=True)))["Version"] == "2"
    assert granted(world.call(UPDATE, code("3.zip", Publish=True)))["Version"] == "3"


def test_bounds_belong_to_one_version():
    """A new version begins with the defaults, and its bounds move nobody else."""
    world = a_running_world()
    granted(world.call(PUT, {**of("1"), "FunctionScalingConfig": {"MinExecutionEnvironments": 5}}))
    granted(world.call(UPDATE, code("2.zip", Publish=True)))
    granted(world.call(PUT, {**of("2"), "FunctionScalingConfig": {"MinExecutionEnvironments": 1}}))
    world.at("10m")
    assert [len(present(world, q)) for q in "12"] == [5, 1]
    one, two = world.account.functions.existing("site").versions()
    assert (one.count_min, two.count_min) == (5, 1)


def test_deleting_a_version_leaves_the_others():
    """Its environments drain, its name is not found, and the function goes on with the rest."""
    world = a_running_world()
    granted(world.call(UPDATE, code("2.zip", Publish=True)))
    world.at("8m")
    assert granted(world.call(DELETE, of("1"))) == {"StatusCode": 202}
    refused(world.call(DELETE, of("1")), CONFLICT, "state: Deleting")
    world.at("9m")
    refused(world.call(GET, of("1")), "ResourceNotFoundException", f"{FUNCTION_ARN}:1")
    assert list(world.provider.versions) == [f"{FUNCTION_ARN}:2"]
    assert len(present(world, "2")) == 3
    refused(world.call(DELETE, of("$LATEST")), INVALID, "$LATEST version cannot be deleted")
    refused(world.call(DELETE, of("7")), "ResourceNotFoundException", f"{FUNCTION_ARN}:7")


def test_deleting_the_function_ends_all_its_versions():
    """One that is being deleted already is let alone."""
    world = a_running_world()
    granted(world.call(UPDATE, code("2.zip", Publish=True)))
    granted(world.call(UPDATE, code("3.zip", **TO_HEAD)))
    world.at("9m")
    granted(world.call(DELETE, of("2")))
    granted(world.call(DELETE, SITE))
    world.at("10m")
    assert not world.provider.versions
    assert world.account.functions.existing("site") is None
    states = [state for state, _ in world.version_states()]
    assert states.count("Gone") == 3


def test_a_failed_publishing_changes_nothing():
    """When the provider takes no further version the code of `$LATEST` stays what it was."""
    world = a_running_world()
    limit = world.account.facts.integer("capacity_provider.function_versions_max")
    others = {f"other-{n}": None for n in range(limit - 1)}
    world.provider.versions.update(others)
    for publishing in ({"Publish": True}, TO_HEAD):
        answer = world.call(UPDATE, code("2.zip", **publishing))
        refused(answer, "FunctionVersionsPerCapacityProviderLimitExceededException")
    assert granted(world.call(PUBLISH, SITE))["Version"] == "1"
    for name in others:
        del world.provider.versions[name]


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"S3Bucket": "code"},
        {"S3Key": "2.zip"},
        {"ImageUri": "site:2", "S3Bucket": "code", "S3Key": "2.zip"},
    ],
)
def test_code_lies_in_exactly_one_place(place):
    """No place, half of one, or two are refused."""
    refused(a_running_world().call(UPDATE, {**SITE, **place}), INVALID, "one source")


def test_images_and_versions_of_objects_are_places_too():
    """Each other place is other code."""
    world = a_running_world()
    places = [
        {"ImageUri": "site:2"},
        {"S3Bucket": "code", "S3Key": "2.zip"},
        {"S3Bucket": "code", "S3Key": "2.zip", "S3ObjectVersion": "b"},
    ]
    answers = [granted(world.call(UPDATE, {**SITE, **p, "Publish": True})) for p in places]
    assert [answer["Version"] for answer in answers] == ["2", "3", "4"]


def test_a_function_can_be_published_as_it_is_created():
    """As version 1; `Publish` answers what PublishVersion answers."""
    world = a_world(has_functions=False).at("10s")
    answer = granted(world.call(CREATE, {**CREATE_FUNCTION, "Publish": True}))
    assert shown(answer) == (f"{FUNCTION_ARN}:1", "1", "Pending")
    assert world.at("5m").version_states()[-1] == ("Active", "")


def test_the_head_is_published_again_in_place():
    """Old environments serve until new ones are ready; state and index stay."""
    world = a_world_with_head()
    old = present(world, HEAD)
    answer = granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    refused(world.call(UPDATE, code("3.zip", **TO_HEAD)), CONFLICT, "An update is in progress")
    refused(world.call(PUT, of(HEAD)), CONFLICT, f"for resource: {FUNCTION_ARN}:{HEAD}")
    world.at("10m")
    new = present(world, HEAD)
    assert len(new) == 3
    assert not {e.environment_id for e in old} & {e.environment_id for e in new}
    assert granted(world.call(GET, of(HEAD)))["LastUpdateStatus"] == "Successful"
    assert updates(world) == [("InProgress", ""), ("Successful", "")]
    assert [state for state, _ in world.version_states()] == ["Pending", "Active"]
    ready_counts = list(accumulate(_ready_change(e) for e in world.entries(EnvironmentChanged)))
    assert min(ready_counts[ready_counts.index(3) :]) == 3
    assert [f.name for f in world.system.world.data_plane.functions] == ["site"]


def test_the_head_keeps_its_bounds():
    """Set on `$LATEST.PUBLISHED` they hold for what is published there later."""
    world = a_world_with_head()
    granted(world.call(PUT, {**of(HEAD), "FunctionScalingConfig": {"MinExecutionEnvironments": 2}}))
    granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    world.at("10m")
    version = world.account.functions.existing("site").version(HEAD)
    assert version.count_min == 2
    assert updates(world)[-1] == ("Successful", "")


def test_a_head_that_cannot_be_replaced_serves_on():
    """Its new code fails in init: what ran before stays, and the same code may be tried again."""
    failing = {"kind": "init_failure", "start": "1m", "duration": "5m"}
    world = a_world_with_head(faults=[failing])
    old = {e.environment_id for e in present(world, HEAD)}
    world.at("6m30s")
    granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    world.at("9m")
    assert updates(world) == [("InProgress", ""), ("Failed", "FunctionError.RuntimeInitError")]
    assert {e.environment_id for e in present(world, HEAD)} == old
    assert granted(world.call(GET, of(HEAD)))["LastUpdateStatus"] == "Failed"
    world.at("12m")
    granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    world.at("16m")
    assert updates(world)[-1] == ("Successful", "")
    assert not {e.environment_id for e in present(world, HEAD)} & old


def test_a_head_without_room_for_two_serves_on():
    """The cap leaves no room to be replaced launch-first, so the update fails with its code."""
    world = a_world_with_head()
    provider = {
        "CapacityProviderName": "web",
        "CapacityProviderScalingConfig": {"MaxVCpuCount": 2},
    }
    granted(world.call("lambda:UpdateCapacityProvider", provider))
    free = sum(i.free_vcpu() for i in world.provider.instances.values())
    granted(
        world.call(
            PUT, {**of(HEAD), "FunctionScalingConfig": {"MinExecutionEnvironments": 3 + free}}
        )
    )
    world.at("8m")
    granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    world.at("12m")
    assert updates(world) == [
        ("InProgress", ""),
        ("Failed", "CapacityProviderScalingLimitExceeded"),
    ]
    assert len(present(world, HEAD)) == 3 + free


def test_a_head_that_failed_is_pending_again():
    """Its first publishing failed; the next one begins anew and succeeds."""
    failing = {"kind": "init_failure", "duration": "5m"}
    world = a_world(has_functions=False, faults=[failing]).at("4m30s")
    granted(world.call(CREATE, {**CREATE_FUNCTION, **TO_HEAD}))
    world.at("9m")
    assert world.version_states()[-1] == ("Failed", "FunctionError.RuntimeInitError")
    world.at("11m")
    answer = granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    assert answer["State"] == "Pending"
    refused(world.call(UPDATE, code("3.zip", **TO_HEAD)), CONFLICT, "An update is in progress")
    assert world.at("15m").version_states()[-1] == ("Active", "")
    assert world.system.observers.report().violations == ()


def test_a_head_that_is_off_takes_the_code_and_stays_off():
    """0 and 0 never come back by themselves."""
    world = a_world_with_head()
    off = {"MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 0}
    granted(world.call(PUT, {**of(HEAD), "FunctionScalingConfig": off}))
    refused(world.call(UPDATE, code("2.zip", **TO_HEAD)), CONFLICT, "state: Deactivating")
    world.at("9m")
    answer = granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    assert answer["State"] == "Deactivated"
    assert not updates(world)
    granted(world.call(PUT, of(HEAD)))
    assert len(present(world.at("14m"), HEAD)) == 3


def test_the_head_can_be_deleted_and_comes_again():
    """Its name is free once it is gone; it has the index that it had."""
    world = a_running_world()
    granted(world.call(PUBLISH, {**SITE, **TO_HEAD}))
    world.at("8m")
    granted(world.call(DELETE, of(HEAD)))
    refused(world.call(UPDATE, code("2.zip", **TO_HEAD)), CONFLICT, "state: Deleting")
    world.at("9m")
    granted(world.call(UPDATE, code("2.zip", **TO_HEAD)))
    world.at("13m")
    assert granted(world.call(GET, of(HEAD)))["State"] == "Active"
    versions = world.account.functions.existing("site").versions()
    assert {v.version: v.function_index for v in versions} == {"1": 0, HEAD: 1}
    assert world.system.observers.report().violations == ()


def test_an_archive_is_known_by_its_digest_and_never_opened():
    """Its SHA-256 in base64 and its size are told; another archive is another version."""
    archive = b"PK\x03\x04 and whatever"
    world = a_running_world()
    answer = granted(world.call(UPDATE, {**SITE, "ZipFile": archive}))
    digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    assert (answer["CodeSha256"], answer["CodeSize"]) == (digest, len(archive))
    other = granted(world.call(UPDATE, {**SITE, "ZipFile": archive + b"!", "Publish": True}))
    assert other["Version"] == "2"


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "must be a non-empty zip"), (b"text", "Could not unzip")]
)
def test_what_is_no_archive_is_refused_in_words_of_lambda(content, words):
    """An empty one, and one that does not begin like an archive."""
    refused(a_running_world().call(UPDATE, {**SITE, "ZipFile": content}), INVALID, words)
