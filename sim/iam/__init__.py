"""The policy engine: reads documents, decides requests, says why; knows no other part of `sim`."""

from sim.iam.authorization_message import (
    decode_authorization_message,
    encode_authorization_message,
)
from sim.iam.cases import Case, read_case
from sim.iam.conditions import ConditionTrace, Rule
from sim.iam.decision import Decision, Result
from sim.iam.documents import Policy, PolicyKind, parse_policy
from sim.iam.domains import RequestTemplate, domain_of
from sim.iam.errors import CaseError, PolicyError, RequestError
from sim.iam.evaluation import evaluate
from sim.iam.explanation import denial_message, denial_reason, explain, nearest_allow
from sim.iam.findings import Finding, PolicyUse, Severity
from sim.iam.linting import DOCUMENTED_LIMITS, SizeLimits, document_size, lint
from sim.iam.minimization import minimize
from sim.iam.policy_set import Layer, PolicySet
from sim.iam.principals import Caller, CallerKind, parse_caller
from sim.iam.requests import Request
from sim.iam.statements import Effect
from sim.iam.trace import LayerTrace, StatementReference, StatementTrace

__all__ = [
    "DOCUMENTED_LIMITS",
    "Caller",
    "CallerKind",
    "Case",
    "CaseError",
    "ConditionTrace",
    "Decision",
    "Effect",
    "Finding",
    "Layer",
    "LayerTrace",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "PolicyUse",
    "Request",
    "RequestError",
    "RequestTemplate",
    "Result",
    "Rule",
    "Severity",
    "SizeLimits",
    "StatementReference",
    "StatementTrace",
    "decode_authorization_message",
    "denial_message",
    "denial_reason",
    "document_size",
    "domain_of",
    "encode_authorization_message",
    "evaluate",
    "explain",
    "lint",
    "minimize",
    "nearest_allow",
    "parse_caller",
    "parse_policy",
    "read_case",
]
