"""Machine images: what instances start from, with the owner that policies decide by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineImage:
    """One image; none of them is ever looked into."""

    image_id: str
    name: str
    architecture: str
    """As EC2 writes it for images and types: `x86_64` or `arm64`."""
    owner: str
    """The value of `ec2:Owner`: `amazon`, or the number of an account."""
    is_public: bool
    """Whether everybody may use it; the value of `ec2:Public`."""
