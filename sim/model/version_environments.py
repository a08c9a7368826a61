"""The environments of one function version; how many are present, ready and where is known."""

from collections import Counter

from sim.model.execution_environment import ExecutionEnvironment
from sim.model.identifiers import EnvironmentId
from sim.model.states import EnvironmentState


class VersionEnvironments(dict[EnvironmentId, ExecutionEnvironment]):
    """Environments by identifier, oldest first.

    Every environment in it tells of its moves. It grows by `environments[identifier] = environment`
    and shrinks by `del environments[identifier]`, in no other way.
    """

    def __init__(self) -> None:
        """No environments."""
        super().__init__()
        self.present: dict[EnvironmentId, ExecutionEnvironment] = {}
        """Those that start or serve, oldest first; to be read only."""
        self.leaving: dict[EnvironmentId, ExecutionEnvironment] = {}
        """Those present that are to go once others are ready; to be read only."""
        self.ready_count = 0
        """Number of those that serve."""
        self.zone_counts: Counter[str] = Counter()
        """Those present by Availability Zone; to be read only."""

    def __setitem__(self, name: EnvironmentId, environment: ExecutionEnvironment) -> None:
        """Take an environment in as the newest."""
        assert name not in self, f"{name} belongs to the version already"
        super().__setitem__(name, environment)
        environment.tell_moves_to(self._note_move)
        if environment.is_present:
            self.present[name] = environment
            self.zone_counts[environment.availability_zone] += 1
        self.ready_count += environment.state is EnvironmentState.READY

    def __delitem__(self, name: EnvironmentId) -> None:
        """Let an environment go."""
        environment = self[name]
        environment.tell_moves_to(None)
        super().__delitem__(name)
        self._leave(environment)
        self.ready_count -= environment.state is EnvironmentState.READY

    def retire(self, environment: ExecutionEnvironment, reason: str) -> None:
        """Let a present environment serve on until others are ready in its place."""
        assert environment.environment_id in self.present
        environment.leaves_for = reason
        self.leaving[environment.environment_id] = environment

    def keep(self, environment: ExecutionEnvironment) -> None:
        """Take that back."""
        environment.leaves_for = ""
        del self.leaving[environment.environment_id]

    def _note_move(self, environment: ExecutionEnvironment, old: EnvironmentState) -> None:
        self.ready_count += environment.state is EnvironmentState.READY
        self.ready_count -= old is EnvironmentState.READY
        if not environment.is_present:
            self._leave(environment)

    def _leave(self, environment: ExecutionEnvironment) -> None:
        self.leaving.pop(environment.environment_id, None)
        if self.present.pop(environment.environment_id, None) is not None:
            self.zone_counts[environment.availability_zone] -= 1
