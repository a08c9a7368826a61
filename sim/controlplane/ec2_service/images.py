"""The machine images there are: what instances start from; none of them is ever looked into."""

from dataclasses import dataclass

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.filters import Row

_CREATED = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Image:
    """One image that everybody may use."""

    image_id: str
    name: str
    architecture: str
    """As EC2 writes it for images and types: `x86_64` or `arm64`."""


def images(account: Account) -> list[Image]:
    """Lambda's image, and one for customers of each architecture; identifiers are ours."""
    lambda_image = account.world.settings.template.image
    return [
        Image(lambda_image, "lambda-managed-instances", "arm64"),
        Image("ami-0000000000000000a", "al2023-ami-2023-arm64", "arm64"),
        Image("ami-0000000000000000b", "al2023-ami-2023-x86_64", "x86_64"),
    ]


def image_of(account: Account, image_id: str) -> Image | None:
    """The image of an identifier, if there is one."""
    return next((i for i in images(account) if i.image_id == image_id), None)


def image_owner(account: Account) -> str:
    """Who owns all images there are: the value of `ec2:Owner`."""
    return account.facts.text("managed_instance.image_owner")


def image_rows(account: Account) -> list[Row]:
    """Every image as DescribeImages shows it."""
    owner = image_owner(account)
    return [
        {
            "ImageId": image.image_id,
            "Name": image.name,
            "Architecture": image.architecture,
            "State": "available",
            "ImageOwnerAlias": owner,
            "ImageType": "machine",
            "Public": True,
            "RootDeviceType": "ebs",
            "VirtualizationType": "hvm",
            "Hypervisor": "xen",
            "CreationDate": _CREATED,
            "Tags": [],
        }
        for image in images(account)
    ]


IMAGE_FILTERS = {
    "architecture": "Architecture",
    "image-id": "ImageId",
    "image-type": "ImageType",
    "is-public": "Public",
    "name": "Name",
    "owner-alias": "ImageOwnerAlias",
    "root-device-type": "RootDeviceType",
    "state": "State",
    "virtualization-type": "VirtualizationType",
}
