"""Which instance types EC2 offers in which Availability Zone; the rest is `Unsupported`."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sim.facts import InstanceType
from sim.model.api_results import ApiError
from sim.placement.instance_choice import is_offered


class Offerings:
    """What DescribeInstanceTypeOfferings knows of one Region."""

    def __init__(self, instance_types: Mapping[str, InstanceType], region: str) -> None:
        self._instance_types = instance_types
        self._region = region
        self._withdrawn: Counter[tuple[str, str]] = Counter()
        """How often a type was withdrawn from a zone and not restored."""

    def withdraw(self, instance_type: str, availability_zone: str) -> None:
        """Lever: stop to offer a type in a zone; what runs stays."""
        self._withdrawn[(instance_type, availability_zone)] += 1

    def restore(self, instance_type: str, availability_zone: str) -> None:
        """Lever: take one withdrawal back."""
        self._withdrawn[(instance_type, availability_zone)] -= 1

    def has(self, instance_type: str, availability_zone: str) -> bool:
        """Whether the type exists and is offered in the zone."""
        known = self._instance_types.get(instance_type)
        return (
            known is not None
            and self._withdrawn[(instance_type, availability_zone)] == 0
            and is_offered(known, region=self._region, availability_zone=availability_zone)
        )

    def refusal(
        self, instance_type: str, availability_zone: str, *, others: Sequence[str]
    ) -> ApiError:
        """Unsupported; of `others` it names the zones that offer the type."""
        elsewhere = [zone for zone in others if self.has(instance_type, zone)]
        choice = f" or choosing {', '.join(elsewhere)}" if elsewhere else ""
        return ApiError(
            "Unsupported",
            f"Your requested instance type ({instance_type}) is not supported in your requested "
            f"Availability Zone ({availability_zone}). Please retry your request by not "
            f"specifying an Availability Zone{choice}.",
        )
