"""How Lambda looks at the status of its instances: at every whole period, and as whom."""

from collections.abc import Sequence

from sim.engine.ec2 import Ec2
from sim.engine.foundation import Foundation
from sim.engine.role_sessions import RoleSessions
from sim.engine.timings import Timings
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider
from sim.model.managed_instance import ManagedInstance


class InstanceStatusLooks:
    """DescribeInstanceStatus, which tells of failed checks and of scheduled events alike."""

    def __init__(
        self, *, foundation: Foundation, timings: Timings, ec2: Ec2, role_sessions: RoleSessions
    ) -> None:
        self._kernel = foundation.kernel
        self.period_us = timings.health_check_period_us
        """Span between two looks, fact `managed_instance.health_check_period`."""
        self._ec2 = ec2
        self._role_sessions = role_sessions

    def until_first_us(self, since_us: int) -> int:
        """From now to the first look that can show what is there since `since_us`."""
        now_us = self._kernel.now_us
        return -(-max(since_us, now_us) // self.period_us) * self.period_us - now_us

    def see(self, provider: CapacityProvider, instances: Sequence[ManagedInstance]) -> bool:
        """Look at instances of a provider as the service-linked role; a refusal shows nothing."""
        session = self._role_sessions.service_linked(provider.arn)
        if isinstance(session, ApiError):
            return False
        about = " ".join(i.instance_id for i in instances)
        seen = self._ec2.describe(session, "ec2:DescribeInstanceStatus", about=about)
        return not isinstance(seen, ApiError)
