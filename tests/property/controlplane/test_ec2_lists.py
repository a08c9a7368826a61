"""Laws of EC2's lists: filters keep what a plain reading keeps, pages lose and repeat nothing."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import a_bare_world, granted

from sim.controlplane.ec2_service.filters import holds
from sim.controlplane.ec2_service.input_shapes import Filter
from sim.controlplane.pages import page_of

letters = st.text(alphabet="ab*?\\-", max_size=5)
tags = st.dictionaries(st.sampled_from(["Name", "team"]), letters, max_size=2)


@st.composite
def rows(draw):
    """An entry as a Describe call shows it."""
    return {
        "Id": draw(letters),
        "Flag": draw(st.booleans()),
        "Set": [{"Name": draw(letters)} for _ in range(draw(st.integers(0, 3)))],
        "Tags": [{"Key": k, "Value": v} for k, v in draw(tags).items()],
    }


PATHS = {"id": "Id", "flag": "Flag", "name": "Set.Name"}
filters = st.lists(
    st.builds(
        lambda name, values: Filter.model_validate({"Name": name, "Values": values}),
        st.sampled_from(["id", "flag", "name", "tag:Name", "tag:team", "tag-key"]),
        st.lists(letters | st.sampled_from(["true", "false", "*"]), max_size=3),
    ),
    max_size=3,
)


def plainly_matches(value, text):
    """The same as the matcher, letter by letter: `*`, `?` and the backslash before either."""
    if not value:
        return not text
    if value[0] == "*":
        return any(plainly_matches(value[1:], text[n:]) for n in range(len(text) + 1))
    if value[0] == "\\" and len(value) > 1:
        return text[:1] == value[1] and plainly_matches(value[2:], text[1:])
    is_same = text != "" and value[0] in ("?", text[0])
    return is_same and plainly_matches(value[1:], text[1:])


def plainly_holds(row, wanted):
    """One filter, read off the entry by hand."""
    texts = {
        "id": [row["Id"]],
        "flag": ["true" if row["Flag"] else "false"],
        "name": [item["Name"] for item in row["Set"]],
        "tag-key": [tag["Key"] for tag in row["Tags"]],
    }.get(wanted.name)
    if texts is None:
        key = wanted.name.removeprefix("tag:")
        texts = [tag["Value"] for tag in row["Tags"] if tag["Key"] == key]
    return any(plainly_matches(value, text) for value in wanted.values for text in texts)


@given(rows(), filters)
def test_filters_keep_what_a_plain_reading_keeps(row, wanted):
    """Every filter holds, of its values one, for texts, flags, lists and tags."""
    assert holds(row, wanted, PATHS) is all(plainly_holds(row, one) for one in wanted)


keys = st.sets(st.text(alphabet="abc", min_size=1, max_size=3), max_size=12)


@given(keys, st.lists(st.tuples(keys, keys), max_size=8), st.integers(1, 4))
def test_pages_lose_and_repeat_nothing_while_others_change(first, changes, size):
    """What is there all the time is told once; nothing is told twice, come or go what may."""
    now, always, told, marker = set(first), set(first), [], None
    for come, go in [*changes, *[(set(), set())] * 20]:
        page = page_of(((k, k) for k in now), marker=marker, entries_max=size)
        told += page.entries
        marker = page.marker
        if marker is None:
            break
        now = (now | come) - go
        always &= now
    assert marker is None
    assert len(set(told)) == len(told)
    assert always <= set(told)


turns = st.lists(st.sampled_from(["make", "drop"]), max_size=6)


@given(st.lists(turns, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_list_of_subnets_is_whole_while_subnets_come_and_go(changes):
    """The same through the door: pages of five, with calls of other people between them."""
    world = a_bare_world()
    made = 0
    vpc = granted(world.call("ec2:CreateVpc", {"CidrBlock": "10.9.0.0/16"}))["Vpc"]["VpcId"]
    for _ in range(11):
        made += 1
        request = {"VpcId": vpc, "CidrBlock": f"10.9.{made}.0/28"}
        granted(world.call("ec2:CreateSubnet", request))

    def now():
        shown = granted(world.call("ec2:DescribeSubnets"))["Subnets"]
        return {s["SubnetId"] for s in shown}

    always, told, token, pending = now(), [], None, list(changes)
    while True:
        request = {"MaxResults": 5, **({"NextToken": token} if token else {})}
        page = granted(world.call("ec2:DescribeSubnets", request))
        told += [s["SubnetId"] for s in page["Subnets"]]
        token = page.get("NextToken")
        if token is None:
            break
        for change in pending.pop() if pending else ():
            if change == "make":
                made += 1
                request = {"VpcId": vpc, "CidrBlock": f"10.9.{made}.0/28"}
                granted(world.call("ec2:CreateSubnet", request))
            else:
                last = max(name for name in now() if re.fullmatch(r"subnet-[0-9a-f]{17}", name))
                granted(world.call("ec2:DeleteSubnet", {"SubnetId": last}))
        always &= now()
    assert len(set(told)) == len(told)
    assert always <= set(told)
