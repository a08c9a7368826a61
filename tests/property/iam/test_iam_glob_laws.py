"""The fast matchers agree with a definition too simple to be wrong."""

from hypothesis import given
from hypothesis import strategies as st

from sim.iam.patterns import ANY_ONE, ANY_RUN, Glob, glob_matches, wildcard_tokens
from sim.iam.variables import Version, compile_arn_pattern, parse_template

PATTERNS = st.text(alphabet="ab*?.[", max_size=8)
TEXTS = st.text(alphabet="ab*?.[", max_size=10)


def naive_matches(tokens, text):
    """The definition: a run takes nothing, or one character and goes on."""
    if not tokens:
        return not text
    head, rest = tokens[0], tokens[1:]
    if head == ANY_RUN:
        return naive_matches(rest, text) or (bool(text) and naive_matches(tokens, text[1:]))
    return bool(text) and head in (ANY_ONE, text[0]) and naive_matches(rest, text[1:])


@given(PATTERNS, TEXTS)
def test_glob_agrees_with_the_definition(pattern, text):
    """Both matchers answer as the recursive definition does."""
    tokens = wildcard_tokens(pattern)
    expected = naive_matches(tokens, text)
    assert glob_matches(tokens, text) is expected
    assert Glob.of(tokens).matches(text) is expected


@given(st.text(max_size=20))
def test_text_without_wildcards_matches_itself_only(text):
    """Literal characters, also stars, stand for themselves."""
    glob = Glob.of(tuple(text))
    assert glob.matches(text)
    assert not glob.matches(text + "x")


@given(st.lists(PATTERNS, min_size=6, max_size=6), st.lists(TEXTS, min_size=6, max_size=6))
def test_arn_matches_part_by_part(patterns, texts):
    """An ARN matches exactly when each of its six parts does."""
    template = parse_template(":".join(patterns), wildcards=True, version=Version.CURRENT)
    expected = all(
        naive_matches(wildcard_tokens(pattern), text)
        for pattern, text in zip(patterns, texts, strict=True)
    )
    assert compile_arn_pattern(template).matches(tuple(texts), {}) is expected


def test_many_stars_stay_cheap():
    """A pattern of many stars against a long text that almost matches needs few steps."""

    class CountingText(str):
        """Text that counts how often a character is read."""

        __slots__ = ("reads",)

        def __getitem__(self, index):
            self.reads = getattr(self, "reads", 0) + 1
            return super().__getitem__(index)

    text = CountingText("a" * 2_000)
    assert not glob_matches(wildcard_tokens("a*" * 50 + "b"), text)
    assert text.reads <= 2_000 * 101
