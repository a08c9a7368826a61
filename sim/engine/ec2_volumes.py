"""EBS volumes: made with their instance, gone with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.engine.foundation import Foundation
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import ResourceChange, VolumeChanged


@dataclass(slots=True)
class Volume:
    """One volume of an instance."""

    volume_id: str
    instance_id: InstanceId
    availability_zone: str
    operator: str | None
    """Who operates it with its instance; None for a customer's own."""
    tags: Mapping[str, str]
    created_us: int


class Volumes:
    """The volumes of instances, the same number for each (fact `ec2.instance_volumes`)."""

    def __init__(self, foundation: Foundation, *, per_instance: int) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._per_instance = per_instance
        self._attached_to: dict[InstanceId, tuple[Volume, ...]] = {}

    def of(self, instance_id: InstanceId) -> tuple[Volume, ...]:
        """The volumes of an instance that is not terminated."""
        return self._attached_to[instance_id]

    def all(self) -> Iterator[Volume]:
        """Every volume that exists, in the order in which they were made."""
        for volumes in self._attached_to.values():
            yield from volumes

    def create(
        self,
        instance_id: InstanceId,
        *,
        availability_zone: str,
        operator: str | None,
        tags: Mapping[str, str],
    ) -> None:
        """Make the volumes of an instance and attach them."""
        volumes = tuple(
            Volume(
                volume_id=self._identifiers.volume(),
                instance_id=instance_id,
                availability_zone=availability_zone,
                operator=operator,
                tags=tags,
                created_us=self._kernel.now_us,
            )
            for _ in range(self._per_instance)
        )
        self._attached_to[instance_id] = volumes
        self._record(volumes, ResourceChange.CREATED)

    def delete(self, instance_id: InstanceId) -> None:
        """Delete the volumes of an instance that ends, DeleteOnTermination being set."""
        self._record(self._attached_to.pop(instance_id), ResourceChange.DELETED)

    def _record(self, volumes: tuple[Volume, ...], change: ResourceChange) -> None:
        for volume in volumes:
            self._journal.append(
                VolumeChanged(
                    time_us=self._kernel.now_us,
                    volume_id=volume.volume_id,
                    instance_id=volume.instance_id,
                    change=change.value,
                )
            )
