"""The service-linked role is created with the first provider and can go only after the last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.controlplane.identities import Attachments
from sim.controlplane.managed_policies import attached_aws_policies
from sim.controlplane.principals import Principals
from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle
from sim.facts import Catalogue, trust_policy_for_lambda
from sim.iam import PolicyKind, parse_policy
from sim.model.callers import SERVICE_LINKED_ROLE
from sim.model.identifiers import role_arn
from sim.model.journal_entries import ServiceLinkedRoleChanged
from sim.model.states import DeletionStatus, moved


@dataclass(slots=True)
class DeletionTask:
    """One asynchronous deletion, with what still uses the role when it failed."""

    task_id: str
    status: DeletionStatus = DeletionStatus.IN_PROGRESS
    reason: str = ""
    usage: tuple[str, ...] = ()

    def move_to(self, target: DeletionStatus) -> None:
        """Change state; an illegal move is a bug."""
        self.status = moved(self.status, target)


class ServiceLinkedRole:
    """Creates and deletes the role with which Lambda terminates managed instances.

    Its name, path and policy are the facts `service_linked_role.*`.
    """

    def __init__(self, *, foundation: Foundation, principals: Principals, facts: Catalogue) -> None:
        self._foundation = foundation
        self._principals = principals
        self._policy_name = facts.text("service_linked_role.managed_policy")
        self._path = facts.text("service_linked_role.path")
        self._deletion_us = facts.duration_us("service_linked_role.deletion_task")
        self._tasks: dict[str, DeletionTask] = {}
        self.name = facts.text("service_linked_role.name")
        self.arn = role_arn(principals.account_id, self.name, self._path)

    @property
    def exists(self) -> bool:
        """Whether the role is there."""
        return self._principals.role_of_arn(self.arn) is not None

    def create(self, reason: str = "first capacity provider of the account") -> None:
        """Create the role; who may, was decided before."""
        assert not self.exists
        attachments = Attachments(
            managed=attached_aws_policies(self._policy_name),
            trust=parse_policy(
                trust_policy_for_lambda(), name="trust policy", kind=PolicyKind.TRUST
            ),
        )
        self._principals.add_role(
            self.name,
            attachments,
            path=self._path,
            label=SERVICE_LINKED_ROLE,
            is_service_linked=True,
            now_us=self._foundation.kernel.now_us,
        )
        self._record("created", reason)

    def request_deletion(
        self, usage: Callable[[], Sequence[str]], on_deleted: Callable[[], None]
    ) -> DeletionTask:
        """Start a deletion task, or return the one under way.

        When the task ends, `usage` names what uses the role; if nothing does, the role is gone and
        `on_deleted` is called.
        """
        for task in self._tasks.values():
            if task.status is DeletionStatus.IN_PROGRESS:
                return task
        number = self._foundation.identifiers.deletion_task()
        task = DeletionTask(f"task{self._path}{self.name}/{number:08d}")
        self._tasks[task.task_id] = task
        self._record("deletion_requested", task.task_id)
        self._foundation.kernel.start(self._delete(task, usage, on_deleted))
        return task

    def task(self, task_id: str) -> DeletionTask | None:
        """The deletion task of that identifier."""
        return self._tasks.get(task_id)

    def _delete(
        self,
        task: DeletionTask,
        usage: Callable[[], Sequence[str]],
        on_deleted: Callable[[], None],
    ) -> Lifecycle:
        yield self._foundation.kernel.wait(self._deletion_us)
        task.usage = tuple(usage())
        if task.usage:
            task.move_to(DeletionStatus.FAILED)
            task.reason = f"role is in use by {', '.join(task.usage)}"
            self._record("deletion_failed", task.reason)
            return
        self._principals.remove_role(self.name)
        task.move_to(DeletionStatus.SUCCEEDED)
        self._record("deleted", task.task_id)
        on_deleted()

    def _record(self, change: str, reason: str) -> None:
        self._foundation.journal.append(
            ServiceLinkedRoleChanged(
                time_us=self._foundation.kernel.now_us,
                role_arn=self.arn,
                change=change,
                reason=reason,
            )
        )
