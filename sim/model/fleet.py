"""The instances of one provider; what is asked of all of them is known without a look at each."""

from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance

Changes = dict[InstanceId, ManagedInstance]
"""Instances that changed since somebody looked, those that left included."""


class Fleet(dict[InstanceId, ManagedInstance]):
    """Instances by identifier, in the order of their launch.

    Every instance in it tells of its changes, so the totals hold at every instant. A fleet grows by
    `fleet[instance_id] = instance` and shrinks by `del fleet[instance_id]`, in no other way.
    """

    def __init__(self) -> None:
        """An empty fleet."""
        super().__init__()
        self.vcpu_count = 0
        """vCPUs of all instances that count toward `MaxVCpuCount`."""
        self._launch_indexes: dict[InstanceId, int] = {}
        self._joined_count = 0
        self._counted: set[InstanceId] = set()
        self._leaving: Changes = {}
        self._unused: Changes = {}
        self._readers: list[Changes] = []

    def __setitem__(self, instance_id: InstanceId, instance: ManagedInstance) -> None:
        """Let an instance join as the latest."""
        assert instance_id not in self, f"{instance_id} belongs to the fleet already"
        super().__setitem__(instance_id, instance)
        self._launch_indexes[instance_id] = self._joined_count
        self._joined_count += 1
        instance.tell_changes_to(self._note)
        self._note(instance)

    def __delitem__(self, instance_id: InstanceId) -> None:
        """Let an instance go."""
        instance = self[instance_id]
        instance.tell_changes_to(None)
        super().__delitem__(instance_id)
        self._count(instance, counts=False)
        self._leaving.pop(instance_id, None)
        self._unused.pop(instance_id, None)
        self._tell_readers(instance)
        del self._launch_indexes[instance_id]

    def launch_index(self, instance_id: InstanceId) -> int:
        """Place of an instance in the order of launch; those that left keep theirs free."""
        return self._launch_indexes[instance_id]

    @property
    def is_changing(self) -> bool:
        """Whether some instance is leaving or unused."""
        return bool(self._leaving or self._unused)

    @property
    def is_any_leaving(self) -> bool:
        """Whether some instance takes no environments any more and still holds some."""
        return bool(self._leaving)

    def leaving(self) -> list[ManagedInstance]:
        """Instances that take no environments any more and still hold some, oldest first."""
        return self._in_order(self._leaving)

    def unused(self) -> list[ManagedInstance]:
        """Instances without environments that could end: ready or to go, oldest first."""
        return self._in_order(self._unused)

    def changes(self) -> Changes:
        """A new reader's record of changes, which the reader clears; it begins with all."""
        changes = Changes(self)
        self._readers.append(changes)
        return changes

    def _in_order(self, some: Changes) -> list[ManagedInstance]:
        if not some:
            return []
        return sorted(some.values(), key=lambda i: self._launch_indexes[i.instance_id])

    def _note(self, instance: ManagedInstance) -> None:
        is_used = bool(instance.environments)
        is_expendable = instance.empty_since_us is not None or instance.is_retiring
        self._count(instance, counts=instance.counts_toward_cap)
        _keep(self._leaving, instance, is_used and not instance.takes_environments)
        _keep(self._unused, instance, not is_used and not instance.is_going and is_expendable)
        self._tell_readers(instance)

    def _tell_readers(self, instance: ManagedInstance) -> None:
        for changes in self._readers:
            changes[instance.instance_id] = instance

    def _count(self, instance: ManagedInstance, *, counts: bool) -> None:
        if counts == (instance.instance_id in self._counted):
            return
        if counts:
            self._counted.add(instance.instance_id)
            self.vcpu_count += instance.instance_type.vcpu
        else:
            self._counted.remove(instance.instance_id)
            self.vcpu_count -= instance.instance_type.vcpu


def _keep(some: Changes, instance: ManagedInstance, belongs: bool) -> None:  # noqa: FBT001 - one word, three places
    if belongs:
        some[instance.instance_id] = instance
    else:
        some.pop(instance.instance_id, None)
