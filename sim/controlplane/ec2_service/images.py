"""The machine images there are: Amazon's, and those that the scenario gives to the account."""

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.filters import Row
from sim.model.machine_image import MachineImage

_CREATED = "2026-01-01T00:00:00.000Z"


def images(account: Account) -> list[MachineImage]:
    """Lambda's image, one for customers of each architecture, then the account's own.

    The identifiers of Amazon's are ours.
    """
    amazons = (
        (account.world.settings.template.image, "lambda-managed-instances", "arm64"),
        ("ami-0000000000000000a", "al2023-ami-2023-arm64", "arm64"),
        ("ami-0000000000000000b", "al2023-ami-2023-x86_64", "x86_64"),
    )
    amazon = account.facts.text("managed_instance.image_owner")
    public = [MachineImage(*image, owner=amazon, is_public=True) for image in amazons]
    return [*public, *account.own_images]


def image_of(account: Account, image_id: str) -> MachineImage | None:
    """The image of an identifier, if there is one."""
    return next((i for i in images(account) if i.image_id == image_id), None)


def image_row(account: Account, image: MachineImage) -> Row:
    """An image as DescribeImages shows it."""
    return {
        "ImageId": image.image_id,
        "Name": image.name,
        "Architecture": image.architecture,
        "State": "available",
        **_owner_members(account, image),
        "ImageType": "machine",
        "Public": image.is_public,
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "CreationDate": _CREATED,
        "Tags": [],
    }


def _owner_members(account: Account, image: MachineImage) -> Row:
    """Amazon's account numbers are left out: which of them owns an image, AWS does not say."""
    is_own = image.owner == account.account_id
    return {"OwnerId" if is_own else "ImageOwnerAlias": image.owner}


def is_owned_by(account: Account, image: MachineImage, owners: list[str]) -> bool:
    """Whether an image is one of these owners': `self`, an alias, or an account's number."""
    is_own = image.owner == account.account_id
    return image.owner in owners or (is_own and "self" in owners)


IMAGE_FILTERS = {
    "architecture": "Architecture",
    "image-id": "ImageId",
    "image-type": "ImageType",
    "is-public": "Public",
    "name": "Name",
    "owner-alias": "ImageOwnerAlias",
    "owner-id": "OwnerId",
    "root-device-type": "RootDeviceType",
    "state": "State",
    "virtualization-type": "VirtualizationType",
}
