"""The script of a scenario: its calls are made, and what it expects is judged, each in its time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sim.assembly.judging import Verdict, judge
from sim.assembly.past import Past
from sim.assembly.set_up import SetUpCall
from sim.controlplane.account import Account
from sim.controlplane.door import ControlPlane
from sim.engine.kernel import Priority
from sim.model.api_results import ApiError, ApiResult
from sim.model.callers import Caller
from sim.model.identifiers import function_arn, role_arn
from sim.model.journal_entries import ExpectationJudged, ExpectationOutcome
from sim.scenario import Scenario
from sim.scenario.expectations import WorldExpectation
from sim.scenario.script import CallOutcome

_ROLE_PREFIX = "role/"
_SCRIPT = "script"
"""Name of the function as whose code a role of the script calls; it is no function of the world."""


@dataclass(frozen=True, slots=True)
class Script:
    """Makes calls, and plans judgements on the kernel's clock."""

    scenario: Scenario
    account: Account
    control_plane: ControlPlane

    def make(self, planned: SetUpCall) -> ApiResult:
        """Make a call now, judge what came of it if something is expected, and return that."""
        caller = self._caller(planned.caller)
        answer: ApiResult
        if isinstance(caller, ApiError):
            answer = caller
        else:
            answer = self.control_plane.call(planned.operation, caller, planned.request)
        if planned.expect is not None:
            self._write(self._verdict(planned, planned.expect, answer))
        return answer

    def plan_expectations(self, *, horizon_us: int) -> None:
        """Judge every expectation when the instant that it names is over."""
        for expectation in self.scenario.expectations:
            at_us = horizon_us
            if expectation.at is not None:
                at_us = self.scenario.preparation + expectation.at
            self.account.foundation.kernel.call_at(
                at_us, Priority.OBSERVER, partial(self._judge, expectation)
            )

    def _caller(self, name: str) -> Caller | ApiError:
        """A user, or a session of a role as Lambda gets one for code that runs with it."""
        if name.startswith(_ROLE_PREFIX):
            account, role_name = self.account, name.removeprefix(_ROLE_PREFIX)
            role = account.principals.role(role_name)
            # Of a role that is not there STS says what it says of one that it may not assume.
            arn = role.arn if role else role_arn(account.account_id, role_name)
            code = function_arn(account.region, account.account_id, _SCRIPT)
            return account.world.role_sessions.execution(arn, code)
        caller = self.account.principals.user_caller(name)
        assert caller is not None, f"the scenario was validated, yet `{name}` is no user"
        return caller

    def _verdict(self, planned: SetUpCall, expected: CallOutcome, answer: ApiResult) -> Verdict:
        past = self._past()
        last = past.last_call()
        return Verdict(
            subject=f"{planned.caller} calls {planned.operation}",
            expected=str(expected),
            seen=_told(answer, expected),
            is_met=_is_as_expected(answer, expected),
            call=last.call if last else 0,
            decided_by=past.deciding(last) if last else "",
        )

    def _judge(self, expectation: WorldExpectation) -> None:
        verdict = judge(
            expectation, past=self._past(), account=self.account, scenario=self.scenario
        )
        self._write(verdict)

    def _past(self) -> Past:
        return Past(self.account.foundation.journal.entries)

    def _write(self, verdict: Verdict) -> None:
        outcome = ExpectationOutcome.MET if verdict.is_met else ExpectationOutcome.FAILED
        self.account.foundation.journal.append(
            ExpectationJudged(
                time_us=self.account.foundation.kernel.now_us,
                subject=verdict.subject,
                expected=verdict.expected,
                seen=verdict.seen,
                outcome=outcome.value,
                call=verdict.call,
                decided_by=verdict.decided_by,
            )
        )


def _is_as_expected(answer: ApiResult, expected: CallOutcome) -> bool:
    if isinstance(answer, ApiError):
        words = expected.message_contains or ""
        return answer.code == expected.fails_with and words in answer.message
    return expected.fails_with is None and (
        expected.answers is None or holds(answer.output, expected.answers)
    )


def _told(answer: ApiResult, expected: CallOutcome) -> str:
    if isinstance(answer, ApiError):
        return f"fails with {answer.code}: {answer.message}"
    if expected.answers is None:
        return "succeeds"
    asked = json.dumps(_asked(answer.output, expected.answers), default=str)
    return f"succeeds, answers {asked}"


def _asked(answer: object, expected: object) -> object:
    """What an answer says about that which was expected, and no more."""
    if isinstance(answer, Mapping) and isinstance(expected, Mapping):
        return {k: _asked(answer[k], value) for k, value in expected.items() if k in answer}
    if isinstance(answer, list | tuple) and isinstance(expected, list):
        fitting = [next((i for i in answer if holds(i, wanted)), None) for wanted in expected]
        if all(item is not None for item in fitting):
            return [_asked(item, wanted) for item, wanted in zip(fitting, expected, strict=True)]
        return [_asked(item, wanted) for item in answer for wanted in expected[:1]]
    return answer


def holds(answer: object, expected: object) -> bool:
    """Whether an answer has all that is expected of it; what it has besides does not matter."""
    if isinstance(expected, Mapping):
        return isinstance(answer, Mapping) and all(
            key in answer and holds(answer[key], value) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(answer, list | tuple) and all(
            any(holds(item, wanted) for item in answer) for wanted in expected
        )
    return answer == expected
