"""Keeps the mixed demand: every invocation is of one sort, and each sort has its own demand."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, Self, Union

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from sim.strict_model import StrictModel
from sim.workload.demand_kinds import kinds_beside
from sim.workload.demand_settings import DemandSettings
from sim.workload.inversion import inverted
from sim.workload.special_functions import logistic

DEPTH_MAX: Final = 4
LEAVES_MAX: Final = 200

if TYPE_CHECKING:
    PartDemand = DemandSettings
else:
    PartDemand = Annotated[
        Union[(*kinds_beside(__name__), "MixtureDemand")],  # built at run time
        Field(discriminator="kind"),
    ]


class MixturePart(StrictModel):
    """One sort of invocations."""

    weight: Annotated[float, Field(ge=1e-6, le=1e6)]
    """How often the sort comes, relative to the sum of all weights, such as `9`."""
    demand: PartDemand
    """Demand of an invocation of this sort: a `kind` and its settings."""


class MixtureDemand(DemandSettings):
    """Demand of invocations of several sorts, such as nine cache hits for each miss."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "mixture",
                    "parts": [
                        {"weight": 9, "demand": {"kind": "exponential", "mean": "5ms"}},
                        {
                            "weight": 1,
                            "demand": {"kind": "lognormal", "p50": "80ms", "p99": "600ms"},
                        },
                    ],
                },
                {
                    "kind": "mixture",
                    "parts": [
                        {"weight": 1, "demand": {"kind": "constant", "value": "2ms"}},
                        {
                            "weight": 1,
                            "demand": {
                                "kind": "mixture",
                                "parts": [
                                    {"weight": 3, "demand": {"kind": "constant", "value": "0s"}},
                                    {
                                        "weight": 1,
                                        "demand": {"kind": "gamma", "mean": "9ms", "cv": 0.5},
                                    },
                                ],
                            },
                        },
                    ],
                },
            ]
        }
    )

    kind: Literal["mixture"] = "mixture"
    parts: Annotated[tuple[MixturePart, ...], Field(strict=False, min_length=1, max_length=100)]
    """The sorts, 1 to 100; a part may be a mixture itself, up to 4 deep and 200 sorts in all."""

    @model_validator(mode="after")
    def _is_of_bounded_size(self) -> Self:
        if self.depth > DEPTH_MAX:
            raise ValueError(f"mixtures are {self.depth} deep: expected at most {DEPTH_MAX}")
        count = len(self._leaves.demands)
        if count > LEAVES_MAX:
            raise ValueError(f"the mixture has {count} sorts: expected at most {LEAVES_MAX}")
        return self

    @property
    def depth(self) -> int:
        """How many mixtures lie in each other, this one included."""
        inner = (part.demand for part in self.parts)
        return 1 + max((mix.depth for mix in inner if isinstance(mix, MixtureDemand)), default=0)

    @cached_property
    def _leaves(self) -> "_Leaves":
        shares, demands = zip(*self._flat(), strict=True)
        return _Leaves(np.array(shares), demands)

    def _flat(self) -> Iterator[tuple[float, DemandSettings]]:
        """All sorts that are no mixtures, with their shares of the invocations."""
        total = sum(part.weight for part in self.parts)
        for part in self.parts:
            if isinstance(part.demand, MixtureDemand):
                for share, demand in part.demand._flat():
                    yield share * part.weight / total, demand
            else:
                yield part.weight / total, part.demand

    def sample(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw demands in microseconds: two uniforms each, for the sort and for its demand."""
        uniforms = generator.random((count, 2))
        sorts = self._leaves.sorts_at(uniforms[:, 0])
        demands_us = np.empty(count)
        for sort, demand in enumerate(self._leaves.demands):
            members = np.flatnonzero(sorts == sort)
            demands_us[members] = demand.quantile(uniforms[members, 1])
        return demands_us

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds, to 9 digits or better."""
        return self._brackets.quantile(shares)

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares at most at the given demands."""
        return self._leaves.cumulative(demands_us)

    @cached_property
    def _brackets(self) -> "_Brackets":
        return _Brackets.of(self._leaves)

    @property
    def mean_us(self) -> float:
        """Mean of the parts' means, by weight."""
        return self._leaves.mean_us

    @property
    def cv(self) -> float:
        """Implied coefficient of variation: spread inside the sorts and between their means."""
        return self._leaves.variance_us2**0.5 / self.mean_us if self.mean_us else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Leaves:
    """The sorts that are no mixtures themselves, and their shares, which add up to 1."""

    shares: NDArray[np.float64]
    demands: tuple[DemandSettings, ...]

    def sorts_at(self, uniforms: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return a sort for each uniform number, as often as its share says."""
        bounds = np.cumsum(self.shares)[:-1]
        return np.searchsorted(bounds, uniforms, side="right")

    def cumulative(self, demands_us: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares of all invocations that need at most the given demands."""
        found = np.zeros(demands_us.shape)
        for share, demand in zip(self.shares.tolist(), self.demands, strict=True):
            found += share * demand.cumulative(demands_us)
        return found

    @property
    def mean_us(self) -> float:
        """Mean over all invocations."""
        return float(self.shares @ [demand.mean_us for demand in self.demands])

    @property
    def variance_us2(self) -> float:
        """Variance over all invocations, in square microseconds."""
        means = np.array([demand.mean_us for demand in self.demands])
        inside = (means * [demand.cv for demand in self.demands]) ** 2
        return float(self.shares @ (inside + (means - self.mean_us) ** 2))


_LOGITS: Final = np.linspace(-37.0, 36.0, 439)
"""Shares, as logits, at which each sort's quantiles are looked up: dense in both tails."""


@dataclass(frozen=True, slots=True, eq=False)
class _Brackets:
    """Demands in rising order with their shares: between two of them a quantile is looked for."""

    leaves: _Leaves
    demands_us: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, leaves: _Leaves) -> "_Brackets":
        """Tabulate: a mixture's quantile is between the least and the greatest of its sorts'."""
        looked_up = np.concatenate(([0.0], logistic(_LOGITS)))
        demands_us = np.unique([demand.quantile(looked_up) for demand in leaves.demands])
        return cls(leaves, demands_us, np.maximum.accumulate(leaves.cumulative(demands_us)))

    def quantile(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demands at the given shares, in microseconds."""
        above = np.searchsorted(self.shares, shares, side="left")
        above = np.minimum(above, self.shares.size - 1)
        demands_us = self.demands_us[above]
        inner = np.flatnonzero((above > 0) & (self.shares[above] > shares))
        demands_us[inner] = inverted(
            self.leaves.cumulative,
            shares[inner],
            lower=self.demands_us[above[inner] - 1],
            upper=demands_us[inner],
        )
        return demands_us


MixturePart.model_rebuild()  # its own class is known now: a part may be a mixture
