"""The table of condition keys answers by name and by what a launch brings."""

from sim.iam.condition_keys import (
    KEYS,
    REQUIRED_TYPES,
    RUN_INSTANCES_TYPES,
    find_key,
    types_without,
)


def test_keys_are_found_in_any_case():
    """Key names have no case; a tag key belongs to its family."""
    assert find_key("AWS:tagkeys") is KEYS["aws:tagkeys"]
    assert find_key("aws:RequestTag/Team").name == "aws:RequestTag/"
    assert find_key("aws:RequestTag") is None
    assert find_key("s3:prefix") is None


def test_keys_know_the_resources_of_a_launch():
    """The instance type comes with the instance only, the Region with every resource."""
    types = RUN_INSTANCES_TYPES
    assert types_without(KEYS["ec2:instancetype"], types) == types - {"instance"}
    assert types_without(KEYS["ec2:region"], types) == frozenset()
    assert "launch-template" in KEYS["ec2:managedresourceoperator"].carriers


def test_every_carrier_is_a_resource_of_a_launch():
    """Keys name known resource types only, and what every launch needs is among those."""
    assert REQUIRED_TYPES < RUN_INSTANCES_TYPES
    for key in KEYS.values():
        assert key.carriers is None or key.carriers <= RUN_INSTANCES_TYPES
