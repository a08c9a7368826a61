"""Writes reports/operator-role.html: every scenario of configs/operator-role, run and told."""

import sys
from pathlib import Path

from sim.experiments.run import run
from sim.reporting.operator_role_page import (
    ScenarioShown,
    StatementShown,
    operator_role_page,
    scenario_shown,
)
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "configs" / "operator-role"
PAGE = ROOT / "reports" / "operator-role.html"
STATEMENTS = {
    "R01": "Lambda needs permission to manage compute capacity in the customer's account.",
    "R02": "The IAM policies of the operator role give those permissions.",
    "R03": "Lambda assumes the operator role for management operations, as it assumes an execution "
    "role when a function runs.",
    "R04": "The role can be created in the console or with the CLI.",
    "R05": "The role must have a permissions policy for capacity providers and their resources.",
    "R06": "The role must have a trust policy that lets lambda.amazonaws.com assume it.",
    "R07": "At minimum, it needs the permissions of AWSLambdaManagedEC2ResourceOperator.",
    "R08": "Launching, tagging and attaching instances, interfaces and volumes is granted only for "
    "the operator scaler.lambda.amazonaws.com.",
    "R09": "Eight Describe actions are granted on everything.",
    "R10": "RunInstances and CreateNetworkInterface are granted on subnets and security groups.",
    "R11": "RunInstances is granted on images only if their owner is amazon.",
    "R12": "The trust policy document: Allow, Service lambda.amazonaws.com, sts:AssumeRole.",
    "R13": "Lambda needs lasting access to terminate managed instances.",
    "R14": "It uses a service-linked role for that.",
    "R15": "The service-linked role is created automatically with the first capacity provider.",
    "R16": "The creator of the first provider needs iam:CreateServiceLinkedRole for "
    "lambda.amazonaws.com.",
    "R17": "The service-linked role may terminate managed instances at the end of their life.",
    "R18": "The service-linked role may describe instances, to enumerate managed ones.",
    "R19": "The service-linked role can be deleted only after all capacity providers are deleted.",
    "R20": "By contrast: no terminate, stop, pass-role, key pair, launch template, KMS, nor "
    "CreateNetworkInterface on network interfaces.",
}
"""The statements of AWS's page about the operator role, in our words."""
LIMITS = {
    "R04": "that a real client makes these calls; a script does.",
    "R05": "AttachNetworkInterface and CreateNetworkInterface fail nothing here, for AWS publishes "
    "no call of Lambda's that needs them alone.",
    "R07": "what later versions add is asked of IAM, for there are no such calls here; the log "
    "that version 5 lets Lambda write is looked at by a call.",
    "R08": "a launch without the operator is called and refused at its instance; about interface "
    "and volume IAM is asked.",
    "R11": "a stranger's image is asked of IAM, not called: no call can name one here.",
    "R17": "an instance of another service is asked of IAM, not called: none can be made here.",
    "R19": "providers in other Regions; a world has one Region.",
    "R20": "network interfaces, key pairs, launch templates, placement groups and KMS are asked of "
    "IAM, for there are no such calls here.",
}
"""What is not seen of a statement, or only as a question."""


def base_files() -> list[Path]:
    """The scenarios of the statements, ablations left out, in the order of the statements."""
    return sorted(FOLDER.glob("r*.yaml"))


def files_of(base: Path) -> list[Path]:
    """A scenario and its ablations."""
    return [base, *sorted((FOLDER / base.stem).glob("*.yaml"))]


def shown(file: Path) -> ScenarioShown:
    """Run a scenario; what the page says about it."""
    return scenario_shown(
        run(load_scenario(file)).record,
        file=str(file.relative_to(ROOT)),
        is_ablation=file.parent != FOLDER,
    )


def statement(number: str) -> StatementShown:
    """A statement with all its scenarios."""
    bases = [base for base in base_files() if base.stem.startswith(f"{number.lower()}-")]
    scenarios = tuple(shown(file) for base in bases for file in files_of(base))
    return StatementShown(number, STATEMENTS[number], scenarios, LIMITS.get(number, ""))


if __name__ == "__main__":
    PAGE.write_text(operator_role_page([statement(number) for number in STATEMENTS]))
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
