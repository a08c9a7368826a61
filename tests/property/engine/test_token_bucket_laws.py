"""The token bucket against a naive continuous model in exact fractions, for random questions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sim.engine.token_bucket import TokenBucket

RATE = st.integers(0, 10**9).map(lambda millionths: Fraction(millionths, 10**6))
QUESTIONS = st.lists(st.tuples(st.integers(0, 5 * 10**6), st.integers(0, 40)), max_size=60)


class ContinuousBucket:
    """Tokens as a fraction that grows with time: the definition, without any care for speed."""

    def __init__(self, capacity, refill_per_s):
        self.capacity, self.refill_per_s = capacity, refill_per_s
        self.tokens, self.asked_us = Fraction(capacity), 0

    def try_take(self, count, now_us):
        """Refill for the time since the last question, then take if there is enough."""
        gained = self.refill_per_s * Fraction(now_us - self.asked_us, 10**6)
        self.tokens = min(Fraction(self.capacity), self.tokens + gained)
        self.asked_us = now_us
        if self.tokens < count:
            return False
        self.tokens -= count
        return True


@given(capacity=st.integers(1, 2000), rate=RATE, questions=QUESTIONS)
def test_the_bucket_is_the_continuous_one(capacity, rate, questions):
    """The same answers, at any times and for any numbers of tokens."""
    bucket = TokenBucket(capacity=capacity, refill_per_s=float(rate))
    model = ContinuousBucket(capacity, rate)
    now_us = 0
    for wait_us, count in questions:
        now_us += wait_us
        assert bucket.try_take(count, now_us=now_us) == model.try_take(count, now_us)


@given(capacity=st.integers(1, 100), rate=st.integers(0, 50), questions=QUESTIONS)
def test_never_more_than_burst_and_rate_passes(capacity, rate, questions):
    """In any span from the start, at most capacity plus rate times span is taken."""
    bucket, now_us, taken = TokenBucket(capacity=capacity, refill_per_s=rate), 0, 0
    for wait_us, count in questions:
        now_us += wait_us
        taken += count * bucket.try_take(count, now_us=now_us)
        assert taken * 10**6 <= capacity * 10**6 + rate * now_us


@given(capacity=st.integers(1, 100), rate=st.integers(0, 50), questions=QUESTIONS)
def test_asking_without_taking_changes_nothing(capacity, rate, questions):
    """`has` may be asked at any time in between."""
    asked = TokenBucket(capacity=capacity, refill_per_s=rate)
    plain = TokenBucket(capacity=capacity, refill_per_s=rate)
    now_us = 0
    for wait_us, count in questions:
        asked.has(count, now_us=now_us + wait_us // 2)
        now_us += wait_us
        assert asked.try_take(count, now_us=now_us) == plain.try_take(count, now_us=now_us)
