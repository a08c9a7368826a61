"""Checks of the verdict, the cards and the story."""

from sim.metrics import build_tables
from sim.model.invocation_record import Outcome
from sim.model.journal_entries import AuthorizationDecided, FunctionVersionChanged
from sim.model.run_record import RunRecord
from sim.reporting import render_report
from sim.reporting.story import story
from sim.reporting.verdict import Card, cards, verdict
from sim.units import MINUTE_US, SECOND_US
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_launch, a_record, invocations

DAY = a_day()


def throttled(count: int, arrived: int = 100_000) -> RunRecord:
    """A run in which some of many arrivals are throttled for memory."""
    counts = invocations(
        arrived=[[0, 0, arrived, 0, 0]],
        completed=[[0, 0, arrived - count, 0, 0]],
        others={Outcome.THROTTLED_MEMORY: [[0, 0, count, 0, 0]]},
    )
    return a_record(invocations=counts)


def sentence_of(record: RunRecord) -> str:
    """The verdict with fresh tables."""
    return verdict(record, build_tables(record))


def throttle_card(record: RunRecord) -> Card:
    """The first card."""
    return cards(record, build_tables(record))[0]


def test_quiet_run_says_that_everything_was_accepted() -> None:
    """Without throttles and failures the sentence is about acceptance and cost only."""
    sentence = sentence_of(a_record())
    assert sentence.startswith("Lambda accepted every one of 360 invocations; the run cost")
    assert "failed" not in sentence


def test_run_without_traffic_says_so() -> None:
    """No arrivals is a verdict of its own."""
    record = a_record(invocations=invocations(arrived=[[0, 0, 0, 0, 0]]))
    assert sentence_of(record) == "No invocation arrived in this run."
    assert len(cards(record, build_tables(record))) == 6


def test_main_reason_and_failed_launches_are_in_the_sentence() -> None:
    """The verdict of the frozen day names the share, the reason, the failures and their code."""
    sentence = sentence_of(DAY)
    assert "CPUs" in sentence
    assert "launch attempts failed between 19:01 and 19:44" in sentence
    assert "UnauthorizedOperation" in sentence


def test_tone_follows_the_throttled_share() -> None:
    """None and few are good, one in 500 is to watch, more than one in 100 is bad."""
    assert throttle_card(throttled(0)).tone == "good"
    assert throttle_card(throttled(50)).tone == "good"
    assert throttle_card(throttled(200)).tone == "watch"
    assert throttle_card(throttled(2000)).tone == "bad"


def test_no_throttles_are_told_with_a_bound() -> None:
    """The card says of how many none was throttled."""
    assert throttle_card(throttled(0)).words == "0 of 100,000 (≤ 30 per million)."


def test_story_is_in_order_and_tells_the_turning_points() -> None:
    """Set-up, publish, freeze, failing launches, throttles and recovery, by time."""
    told = story(DAY, build_tables(DAY))
    hours = [moment.hours for moment in told]
    assert hours == sorted(hours)
    words = "\n".join(moment.words for moment in told)
    for part in (
        "lambda:CreateCapacityProvider",
        "Lambda launches 3 instances for the first publish",
        "is Active, 2 min 14 s after it was published",
        "iam:PutRolePolicy",
        "Launches start to fail with UnauthorizedOperation",
        "starts to throttle for lack of CPU",
        "A launch works again",
        "no longer throttles",
    ):
        assert part in words


def test_failed_publish_is_told_with_its_reason() -> None:
    """A version that fails says why, in a tone of alarm."""
    moves = [
        ("", "Pending", "", ""),
        ("Pending", "Failed", "InsufficientRolePermissions", "no role"),
    ]
    journal = tuple(
        FunctionVersionChanged(
            time_us=index * SECOND_US,
            function="site",
            version="1",
            capacity_provider="web",
            old_state=old,
            new_state=new,
            reason_code=code,
            reason=reason,
        )
        for index, (old, new, code, reason) in enumerate(moves)
    )
    record = a_record(journal=journal)
    failed = [m for m in story(record, build_tables(record)) if "Failed" in m.words]
    assert [moment.tone for moment in failed] == ["bad"]
    assert "InsufficientRolePermissions" in failed[0].words


def test_many_timeouts_are_in_the_headline() -> None:
    """A run that throttles nothing but times out a tenth does not sound fine."""
    counts = invocations(
        arrived=[[0, 0, 100, 0, 0]],
        completed=[[0, 0, 90, 0, 0]],
        others={Outcome.TIMED_OUT: [[0, 0, 10, 0, 0]]},
    )
    sentence = sentence_of(a_record(invocations=counts))
    assert "10 % failed or timed out" in sentence


def card_of(question: str, record: RunRecord) -> Card:
    """The card that answers a question."""
    return next(c for c in cards(record, build_tables(record)) if c.question == question)


def test_bill_of_half_the_work_is_not_compared() -> None:
    """With more than 1 % not completed, no share of default Lambda's price is claimed."""
    whole, half = throttled(500), throttled(50_000)
    assert "default Lambda's $" not in sentence_of(whole)
    for words in (sentence_of(half), card_of("What did it cost?", half).words):
        assert "are for the completed invocations only" in words
        assert "less than" not in words
        assert "times the price" not in words


def test_throttles_of_the_start_are_told_as_such() -> None:
    """Throttles within five minutes of the first arrivals are the start's; spread ones are not."""
    horizon_us = 14 * MINUTE_US
    for early, late, is_told in ((100, 5, True), (100, 20, False)):
        lost = [[0, 0, early, *[0] * 9, late, 0]]
        counts = invocations(
            arrived=[[0, 0, *[1000] * 12]],
            completed=[[0, 0, *[1000 - count for count in lost[0][2:]]]],
            others={Outcome.THROTTLED_CPU: lost},
        )
        sentence = sentence_of(a_record(invocations=counts, horizon_us=horizon_us))
        told = "nearly all in the first minutes, when traffic began on the minimum fleet"
        assert (told in sentence) is is_told


def test_peak_card_names_the_cap_and_no_empty_share() -> None:
    """The cap has AWS's name; without environments nothing is said to be busy."""
    words = card_of("How high was the peak?", a_record()).words
    assert words.endswith("when no execution environment was in service. MaxVCpuCount 400.")


def test_nothing_completed_has_no_percentile() -> None:
    """Without completed invocations the latency card says so."""
    words = card_of("How long did it take?", throttled(100_000)).words
    assert words == "Nothing was completed."


def test_one_denial_and_one_instance_are_singular() -> None:
    """Nouns agree with the count in front of them."""
    denied = AuthorizationDecided(
        time_us=0,
        call=1,
        principal_arn="arn:aws:iam::123456789012:user/administrator",
        caller_role="administrator",
        action="lambda:CreateFunction",
        resource="*",
        result="ImplicitlyDenied",
        layer="",
        policy="",
        statement="",
        reason="no identity-based policy allows it",
    )
    record = a_record(journal=(denied, a_launch(0)))
    assert card_of("Was anybody denied?", record).words.startswith("check denied, 0 allowed")
    assert card_of("How big was the fleet?", record).words.startswith("instance at most")
    assert '<span class="answer">1</span> <span' in render_report(record, build_tables(record))
