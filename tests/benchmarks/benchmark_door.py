"""Prints how fast the door answers: cheap reads per second, and large lists page by page.

Run as `python tests/benchmarks/benchmark_door.py [rounds]`: one line of JSON, best of rounds. Every
call is authorized, validated and journalled as in a run. Lists are read through with the largest
pages there are: 1,000 capacity providers; 10,000 versions by `ListFunctions` with all versions, and
by `ListFunctionVersionsByCapacityProvider` of each of 100 providers. One subnet is read of 202. The
buckets of calls on providers and of EC2's are made large, because they fill by world time and none
passes here.
"""

import json
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "controlplane")]

from small_worlds import SmallWorld, a_running_world, granted, user  # noqa: E402

from sim.controlplane.lambda_service.functions import Function  # noqa: E402
from sim.engine.ec2_request_limits import BucketSize, RequestClass  # noqa: E402
from sim.model.api_results import ApiSuccess  # noqa: E402
from sim.model.identifiers import capacity_provider_arn, function_arn  # noqa: E402

ADMINISTRATOR = user("administrator")
PROVIDER_COUNT, FUNCTION_COUNT, VERSIONS_PER_FUNCTION = 1_000, 100, 100
SUBNET_COUNT = 200
READ_COUNT = 20_000
READS = {
    "get_function_configuration": (
        "lambda:GetFunctionConfiguration",
        {"FunctionName": "site", "Qualifier": "1"},
    ),
    "get_capacity_provider": ("lambda:GetCapacityProvider", {"CapacityProviderName": "web"}),
    "get_alias": ("lambda:GetAlias", {"FunctionName": "site", "Name": "live"}),
    "list_tags": (
        "lambda:ListTags",
        {"Resource": function_arn("us-east-1", "123456789012", "site")},
    ),
    "describe_availability_zones": ("ec2:DescribeAvailabilityZones", {}),
    "describe_subnet": ("ec2:DescribeSubnets", {"SubnetIds": ["subnet-a"]}),
    "describe_security_groups": ("ec2:DescribeSecurityGroups", {}),
    "describe_filtered_groups": (
        "ec2:DescribeSecurityGroups",
        {"Filters": [{"Name": "vpc-id", "Values": ["vpc-main"]}]},
    ),
    "describe_instance": ("ec2:DescribeInstances", {"InstanceIds": [f"i-{1:017x}"]}),
}


def a_world() -> SmallWorld:
    """A world with one function that runs, under an alias, and buckets that never empty."""
    world = a_running_world().unhurried()
    let_describe(world)
    add_subnets(world)
    granted(
        world.call(
            "lambda:CreateAlias", {"FunctionName": "site", "Name": "live", "FunctionVersion": "1"}
        )
    )
    return world


def let_describe(world: SmallWorld) -> None:
    """Make the buckets of EC2's Describe calls large."""
    limits = world.system.world.ec2.laws.request_limits
    large = BucketSize(burst=10**9, refill_per_s=1)
    limits._sizes = replace(limits._sizes, requests=dict.fromkeys(RequestClass, large))
    limits._requests.clear()


def add_subnets(world: SmallWorld) -> None:
    """Many subnets of another VPC, so that one of many is looked for."""
    vpc = granted(world.call("ec2:CreateVpc", {"CidrBlock": "10.9.0.0/16"}))["Vpc"]["VpcId"]
    for number in range(SUBNET_COUNT):
        request = {"VpcId": vpc, "CidrBlock": f"10.9.{number}.0/24"}
        granted(world.call("ec2:CreateSubnet", request))


def reads_per_s(world: SmallWorld, operation: str, request: dict[str, object]) -> float:
    """Calls per second of CPU."""
    call = world.system.control_plane.call
    answer = None
    started_s = time.process_time()
    for _ in range(READ_COUNT):
        answer = call(operation, ADMINISTRATOR, request)
    taken_s = time.process_time() - started_s
    assert isinstance(answer, ApiSuccess), answer
    return READ_COUNT / taken_s


def a_full_account() -> SmallWorld:
    """1,000 providers, and 100 functions with 100 versions each, put there without calls."""
    world = a_world()
    provider = world.provider
    for number in range(PROVIDER_COUNT - 1):
        name = f"provider-{number:04d}"
        arn = capacity_provider_arn("us-east-1", "123456789012", name)
        world.system.world.capacity_providers.create(
            replace(provider, name=name, arn=arn, versions={})
        )
    for number in range(FUNCTION_COUNT - 1):
        add_function(world, number)
    return world


def add_function(world: SmallWorld, number: int) -> None:
    """A function with 100 versions on a provider of its own; nothing runs."""
    site = world.account.functions.existing("site")
    assert site is not None
    name = f"function-{number:03d}"
    provider = world.system.world.capacity_providers.by_name[f"provider-{number:04d}"]
    arn = function_arn("us-east-1", "123456789012", name)
    function = Function(name, arn, provider, site.latest)
    world.account.functions.add(function)
    version = site.version("1")
    for number_of in range(1, VERSIONS_PER_FUNCTION + 1):
        qualifier = str(number_of)
        changes: dict[str, Any] = {
            "function": name,
            "version": qualifier,
            "arn": f"{arn}:{qualifier}",
            "capacity_provider": provider.name,
        }
        function.add(replace(version, **changes), site.latest)


def read_through(world: SmallWorld, operation: str, member: str, **request: object) -> int:
    """Read a list to its end; how many entries it has."""
    count, marker = 0, {}
    while True:
        answer = granted(world.call(operation, {**request, **marker}))
        count += len(answer[member])
        if "NextMarker" not in answer:
            return count
        marker = {"Marker": answer["NextMarker"]}


def list_providers(world: SmallWorld) -> int:
    """All providers."""
    return read_through(world, "lambda:ListCapacityProviders", "CapacityProviders")


def list_functions(world: SmallWorld) -> int:
    """All versions of all functions."""
    return read_through(world, "lambda:ListFunctions", "Functions", FunctionVersion="ALL")


def list_by_provider(world: SmallWorld) -> int:
    """The versions of each provider that has some."""
    operation = "lambda:ListFunctionVersionsByCapacityProvider"
    names = ["web", *(f"provider-{n:04d}" for n in range(FUNCTION_COUNT - 1))]
    return sum(
        read_through(world, operation, "FunctionVersions", CapacityProviderName=name)
        for name in names
    )


def seconds(action: Callable[[SmallWorld], int], world: SmallWorld) -> tuple[int, float]:
    """What it counts, and CPU seconds."""
    started_s = time.process_time()
    count = action(world)
    return count, time.process_time() - started_s


def main(rounds: int = 3) -> None:
    """Best of rounds, so that a noisy machine does not decide."""
    figures: dict[str, object] = {"benchmark": "door", "rounds": rounds}
    for name, (operation, request) in READS.items():
        world = a_world()
        best = max(reads_per_s(world, operation, request) for _ in range(rounds))
        figures[f"{name}_per_s"] = round(best)
    world = a_full_account()
    for action in (list_providers, list_functions, list_by_provider):
        found = [seconds(action, world) for _ in range(rounds)]
        figures[f"{action.__name__}_count"] = found[0][0]
        figures[f"{action.__name__}_s"] = round(min(taken_s for _, taken_s in found), 3)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
