"""EBS volumes: made with their instance, gone with it."""

from sim.engine.foundation import Foundation
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import ResourceChange, VolumeChanged


class Volumes:
    """The volumes of managed instances, the same number for each (fact `ec2.instance_volumes`)."""

    def __init__(self, foundation: Foundation, *, per_instance: int) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._per_instance = per_instance
        self._attached_to: dict[InstanceId, tuple[str, ...]] = {}

    def of(self, instance_id: InstanceId) -> tuple[str, ...]:
        """Identifiers of the volumes of an instance that is not terminated."""
        return self._attached_to[instance_id]

    def create(self, instance_id: InstanceId) -> None:
        """Make the volumes of an instance and attach them."""
        volumes = tuple(self._identifiers.volume() for _ in range(self._per_instance))
        self._attached_to[instance_id] = volumes
        self._record(instance_id, volumes, ResourceChange.CREATED)

    def delete(self, instance_id: InstanceId) -> None:
        """Delete the volumes of an instance that ends, DeleteOnTermination being set."""
        self._record(instance_id, self._attached_to.pop(instance_id), ResourceChange.DELETED)

    def _record(
        self, instance_id: InstanceId, volumes: tuple[str, ...], change: ResourceChange
    ) -> None:
        for volume in volumes:
            self._journal.append(
                VolumeChanged(
                    time_us=self._kernel.now_us,
                    volume_id=volume,
                    instance_id=instance_id,
                    change=change.value,
                )
            )
