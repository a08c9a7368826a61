"""EC2's observer: a clean history passes, every planted violation is caught under its number."""

import pytest

from sim.engine.ec2_observer import Ec2Bounds, Ec2Observer
from sim.model.journal_entries import (
    ApiCalled,
    CustomerInstanceChanged,
    InstanceChanged,
    InstanceLaunched,
    NetworkChanged,
    NetworkInterfaceChanged,
    VolumeChanged,
)


def a_run(call, names, token="t-1", error=""):
    """One RunInstances."""
    return ApiCalled(
        time_us=0,
        call=call,
        operation="ec2:RunInstances",
        caller_arn="arn",
        caller_role="operator role",
        resource=names,
        error_code=error,
        detail=f"type=m7g.xlarge count=1 zone=a token={token}",
    )


def a_launch(name="i-1", call=1, subnet="subnet-a"):
    """One instance of four vCPUs."""
    return InstanceLaunched(
        time_us=0,
        call=call,
        instance_id=name,
        capacity_provider="web",
        instance_type="m7g.xlarge",
        availability_zone="a",
        subnet=subnet,
        vcpu=4,
        memory_mib=16384,
        nano_usd_per_hour=1,
        operator="scaler",
        tags="",
        purpose="scale_out",
    )


def a_move(state, name="i-1"):
    """An instance moves."""
    return InstanceChanged(
        time_us=0,
        instance_id=name,
        capacity_provider="web",
        availability_zone="a",
        old_state="",
        new_state=state,
    )


def an_interface(change="created", name="eni-1", instance="i-1", subnet="subnet-a", address="10.4"):
    """An interface comes or goes."""
    return NetworkInterfaceChanged(
        time_us=0,
        network_interface_id=name,
        instance_id=instance,
        subnet=subnet,
        private_address=address,
        change=change,
    )


def a_volume(change="created", name="vol-1", instance="i-1"):
    """A volume comes or goes."""
    return VolumeChanged(time_us=0, volume_id=name, instance_id=instance, change=change)


BORN = (a_run(1, "i-1"), a_launch(), an_interface(), a_volume(), a_move("running"))
GONE = (an_interface("deleted"), a_volume("deleted"), a_move("terminated"))
SECOND = (
    a_run(2, "i-2", token="t-2"),
    a_launch("i-2", call=2),
    an_interface(name="eni-2", instance="i-2", address="10.5"),
    a_volume(name="vol-2", instance="i-2"),
)


def laws_broken(*entries):
    """Numbers of the laws that a history breaks, with two addresses and a quota of eight vCPUs."""
    broken = []

    def check(holds, law, text, *details):
        assert text.count("{}") == len(details)
        if not holds:
            broken.append(law)

    observer = Ec2Observer(check, Ec2Bounds({"subnet-a": 2}, lambda: 8))
    for entry in entries:
        observer.see(entry)
    return sorted(set(broken))


def test_a_clean_history_breaks_no_law():
    """Two lives, one of them whole; the address and the vCPUs of the first are free again."""
    third = (
        a_run(3, "i-3", token="t-3"),
        a_launch("i-3", call=3),
        an_interface(name="eni-3", instance="i-3"),
        a_volume(name="vol-3", instance="i-3"),
        a_run(3, "i-3", token="t-3"),
        a_run(4, "", token="t-4", error="InsufficientInstanceCapacity"),
    )
    assert laws_broken(*BORN, *SECOND, *GONE, *third) == []


@pytest.mark.parametrize(
    ("law", "history"),
    [
        ("I11", (*BORN, a_volume("deleted"), a_move("terminated"))),
        ("I11", (*BORN, an_interface("deleted"), a_move("terminated"))),
        ("I11", (a_run(1, "i-1"), a_launch(), a_volume(), a_move("running"))),
        ("I11", (a_run(1, "i-1"), a_launch(), an_interface(), a_move("running"))),
        ("I11", (*BORN, an_interface(name="eni-2", address="10.5"))),
        ("I11", (*BORN, an_interface("deleted", name="eni-9"))),
        ("I11", (*BORN, *GONE, a_volume(name="vol-9"))),
        ("I12", (*BORN, *SECOND[:2], an_interface(name="eni-2", instance="i-2"))),
        ("I14", (*BORN, *SECOND[:2], an_interface(instance="i-2", address="10.5"))),
        ("I14", (*BORN, *SECOND[:3], a_volume(instance="i-2"))),
        ("I28", (*BORN, a_run(2, "i-2"))),
        ("I28", (*BORN, a_run(2, "i-1"), a_launch("i-2", call=2))),
    ],
)
def test_every_planted_violation_is_caught(law, history):
    """Exactly the law that was broken is named."""
    assert laws_broken(*history) == [law]


def a_customers(state, name="i-9", vcpu=4, old="pending"):
    """A customer's own instance comes into a state."""
    return CustomerInstanceChanged(
        time_us=0,
        instance_id=name,
        instance_type="m8g.xlarge",
        availability_zone="us-east-1a",
        subnet="subnet-a",
        vcpu=vcpu,
        old_state=old,
        new_state=state,
    )


def a_record(resource, change="created", name="nat-1", address_count=0):
    """A record of the network comes or goes."""
    return NetworkChanged(
        time_us=0,
        resource=resource,
        identifier=name,
        change=change,
        vpc="vpc-1",
        address_count=address_count,
    )


def test_customers_instances_count_until_they_stop():
    """I17: with those of Lambda together; what stopped counts no more, what starts again does."""
    assert laws_broken(*BORN, a_customers("pending", vcpu=4)) == []
    assert laws_broken(*BORN, a_customers("pending", vcpu=5)) == ["I17"]
    stopped = (a_customers("pending"), a_customers("stopped"))
    assert laws_broken(*stopped, *BORN, *SECOND[:2]) == []
    assert laws_broken(*stopped, *BORN, *SECOND[:2], a_customers("pending")) == ["I17"]
    ended = (*stopped, a_customers("terminated"))
    assert laws_broken(*ended, a_customers("pending", name="i-8", vcpu=8)) == []


def test_a_customers_instance_has_parts_of_its_own():
    """I11 and I14: no part outlives it, and its name is never used twice."""
    born = (a_customers("pending"), an_interface(instance="i-9"), a_volume(instance="i-9"))
    assert laws_broken(*born, a_customers("terminated")) == ["I11"]
    assert laws_broken(*born, a_customers("pending")) == ["I14"]


def test_gateways_hold_addresses_as_long_as_they_live():
    """I11: an interface without its gateway, or left behind by it; I12: in made subnets too."""
    interface = an_interface(instance="nat-1")
    assert laws_broken(a_record("natgateway"), interface) == []
    assert laws_broken(interface) == ["I11", "I13"]
    assert laws_broken(a_record("natgateway"), interface, a_record("natgateway", "deleted")) == [
        "I11"
    ]
    made = a_record("subnet", name="subnet-9", address_count=1)
    inside = {"instance": "nat-1", "subnet": "subnet-9"}
    two = [an_interface(name=f"eni-{n}", address=f"10.{n}", **inside) for n in (1, 2)]
    assert laws_broken(made, a_record("natgateway"), *two) == ["I12"]


def test_an_interface_in_a_foreign_subnet_is_caught():
    """I13: it lies where its instance was launched."""
    assert laws_broken(a_launch(), an_interface(subnet="subnet-b")) == ["I13"]


def test_more_addresses_than_the_subnet_has_are_caught():
    """I12: the third of two; and I17: twelve vCPUs of eight."""
    third = (
        a_run(3, "i-3", token="t-3"),
        a_launch("i-3", call=3),
        an_interface(name="eni-3", instance="i-3", address="10.6"),
    )
    assert laws_broken(*BORN, *SECOND, *third) == ["I12", "I17"]
