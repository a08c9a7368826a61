"""Images that the account owns: who may launch from them, and who lists them."""

from small_worlds import ACCOUNT, SmallWorld, a_scenario, allow, document, granted, refused

from sim.scenario.account import Image
from sim.scenario.capacity_provider import Architecture

OWN = "ami-own"
LAUNCH = {
    "ImageId": OWN,
    "InstanceType": "m8g.large",
    "MinCount": 1,
    "MaxCount": 1,
    "SubnetId": "subnet-a",
}
ON_IMAGES = "arn:aws:ec2:*:*:image/*"


def a_world_with_an_image(may: dict) -> SmallWorld:
    """A bare world whose account owns an image, and what somebody may in it."""
    scenario = a_scenario(is_bare=True, somebody=may)
    images = (Image(id=OWN, name="golden", architecture=Architecture.ARM64),)
    account = scenario.account.model_copy(update={"images": images})
    return SmallWorld(scenario.model_copy(update={"account": account})).at("10s")


def with_images_where(**condition: str) -> dict:
    """A policy that lets its user launch anything, from images with one condition key."""
    keys = {f"ec2:{key}": value for key, value in condition.items()}
    kinds = ["instance", "network-interface", "volume", "subnet", "security-group"]
    return document(
        allow("ec2:RunInstances", [f"arn:aws:ec2:*:*:{kind}/*" for kind in kinds]),
        allow("ec2:RunInstances", ON_IMAGES, {"StringEquals": keys}),
    )


def test_the_owner_of_an_image_decides() -> None:
    """A policy for Amazon's images refuses one of the account, and the other way round."""
    amazons = {**LAUNCH, "ImageId": "ami-0000000000000000a"}
    for owner, allowed, denied in ((ACCOUNT, LAUNCH, amazons), ("amazon", amazons, LAUNCH)):
        world = a_world_with_an_image(with_images_where(Owner=owner))
        granted(world.call("ec2:RunInstances", allowed, by="somebody"))
        answer = world.call("ec2:RunInstances", denied, by="somebody")
        refused(answer, "UnauthorizedOperation", f"image/{denied['ImageId']}")


def test_an_own_image_is_private() -> None:
    """The key about public images tells them apart."""
    world = a_world_with_an_image(with_images_where(Public="true"))
    answer = world.call("ec2:RunInstances", LAUNCH, by="somebody")
    refused(answer, "UnauthorizedOperation", f"image/{OWN}")


def test_nobody_owns_an_image_that_is_not_there() -> None:
    """A condition on its owner fails; who may use any image is told that there is none."""
    missing = {**LAUNCH, "ImageId": "ami-none"}
    world = a_world_with_an_image(with_images_where(Owner="amazon"))
    refused(world.call("ec2:RunInstances", missing, by="somebody"), "UnauthorizedOperation")
    refused(world.call("ec2:RunInstances", missing), "InvalidAMIID.NotFound")


def test_owners_filter_images() -> None:
    """`self` and the account's number are the same owner; without a name all are listed."""
    world = a_world_with_an_image(document(allow("ec2:*")))

    def listed(**request: object) -> list[str]:
        return [i["ImageId"] for i in granted(world.call("ec2:DescribeImages", request))["Images"]]

    assert listed(Owners=["self"]) == listed(Owners=[ACCOUNT]) == [OWN]
    assert listed(Filters=[{"Name": "owner-id", "Values": [ACCOUNT]}]) == [OWN]
    assert OWN not in listed(Owners=["amazon"])
    assert len(listed()) == 4


def test_a_tag_on_an_image_is_asked_about_as_an_image() -> None:
    """IAM is asked about the image's own ARN, which has no account; the model tags no image."""
    world = a_world_with_an_image(document(allow("ec2:CreateTags", ON_IMAGES)))
    request = {"Resources": [OWN], "Tags": [{"Key": "team", "Value": "web"}]}
    refused(world.call("ec2:CreateTags", request, by="somebody"), "InvalidAMIID.NotFound")
    (decision,) = world.decisions("ec2:CreateTags")
    assert decision.resource == f"arn:aws:ec2:us-east-1::image/{OWN}"
