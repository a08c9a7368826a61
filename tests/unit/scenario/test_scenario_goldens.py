"""The texts a person sees for the commonest mistakes, word for word as in goldens/."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDENS = Path(__file__).parent / "goldens"
GAP = "period,count\n1998-06-10 00:00:00,13\n1998-06-10 00:01:00,0\n1998-06-10 00:04:00,7\n"
MISTAKES = {
    "broken-yaml": (
        "security_groups: [sg-functions]\ncapacity",
        "security_groups: [sg-functions\ncapacity",
    ),
    "unknown-key": ("memory: 4 GiB", "memroy: 4 GiB"),
    "wrong-unit": ("memory: 4 GiB", "memory: 4 GB"),
    "negative-rate": (
        "scale: 1.0, within_bin: poisson, missing: refuse}",
        "scale: 1.0}\n  - function: site\n    arrivals: {kind: constant, rate: -5/s}",
    ),
    "unknown-subnet": ("subnet-b, subnet-c]", "subnet-b, subnet-cc]"),
    "unknown-role": ("operator_role: LambdaOperatorRole", "operator_role: LambdaOperator"),
    "duplicate-key": ("seed: 1998", "seed: 1998\nname: again"),
    "missing-key": ("    init: 2s\n", ""),
    "bad-policy": ("Effect: Allow, Action", "Effect: Alow, Action"),
    "missing-trace": ("traces/three-minutes.csv", "traces/three-minuets.csv"),
    "trace-outside-the-folder": ("traces/three-minutes.csv", "../../etc/passwd"),
    "trace-with-missing-minutes": ("traces/three-minutes.csv", "traces/gap.csv"),
    "unknown-kind": ("{kind: exponential, mean", "{kind: exponental, mean"),
    "bad-override": ("seed: 1998", "seed: 1998", "functions.site.memory=8 GB"),
}
"""Golden file: the text of the example that is replaced, what by, and overrides."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_common_mistake_is_explained_as_agreed(
    mistake: str, shown: Callable[..., str], folder: Path
) -> None:
    """Code, message, place, carets and help of a mistake are those of its golden file."""
    (folder / "traces" / "gap.csv").write_text(GAP, encoding="utf-8")

    expected = (GOLDENS / f"{mistake}.txt").read_text(encoding="utf-8")
    assert shown(*MISTAKES[mistake]) == expected


def test_every_golden_text_belongs_to_a_mistake() -> None:
    """No golden file is left over."""
    assert {file.stem for file in GOLDENS.iterdir()} == set(MISTAKES)
