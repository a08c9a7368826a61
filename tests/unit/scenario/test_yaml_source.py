"""Claims about reading hostile and honest YAML into plain values with positions."""

import pytest

from sim.errors import ConfigurationError, Problem
from sim.scenario.document import Document
from sim.scenario.yaml_source import FILE_BYTES_MAX, read_yaml


def read(text: str | bytes) -> Document:
    """Read text that has no problems."""
    document = read_yaml(text, "a.yaml")
    assert document.problems == ()
    return document


def refusal(text: str | bytes) -> Problem:
    """The one problem that stops the reading."""
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(text, "a.yaml")
    (problem,) = caught.value.problems
    return problem


def place(problem: Problem) -> tuple[str, int, int]:
    """Code, line and column of a problem."""
    return problem.code, problem.line, problem.column


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("12:30:45", "12:30:45"),
        ("1998-06-10", "1998-06-10"),
        ("1998-06-10T00:00:00Z", "1998-06-10T00:00:00Z"),
        ("010", 10),
        ("-096", -96),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("+7", 7),
        ("~", None),
        ("", None),
        ("True", True),
        ("FALSE", False),
        ("'5'", "5"),
        ('"true"', "true"),
        ("9223372036854775807", 9223372036854775807),
    ],
)
def test_plain_scalars_follow_the_yaml_core_schema(written: str, value: object) -> None:
    """An unquoted scalar is what YAML 1.2's core schema says, and nothing from YAML 1.1."""
    found = read(f"key: {written}").value

    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_keys_are_text_whatever_they_look_like() -> None:
    """Keys such as `on`, `5` and `null` stay the text that was written."""
    assert read("on: 1\n5: 2\nnull: 3").value == {"on": 1, "5": 2, "null": 3}


def test_every_key_and_value_knows_its_place() -> None:
    """Positions count from 1 and cover nested keys, list items and the top."""
    document = read("a:\n  b: [1, two]\nc: é x\n")

    found = {path: (at.line, at.column) for path, at in document.values.items()}
    assert found == {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", "b"): (2, 6),
        ("a", "b", 0): (2, 7),
        ("a", "b", 1): (2, 10),
        ("c",): (3, 4),
    }
    keys = {path: (at.line, at.column) for path, at in document.keys.items()}
    assert keys == {("a",): (1, 1), ("a", "b"): (2, 3), ("c",): (3, 1)}


def test_an_alias_stands_for_the_whole_value_with_the_place_of_the_original() -> None:
    """A value used twice by alias appears twice and points to where it was written."""
    document = read("a: &x {k: 1}\nb: *x")

    assert document.value == {"a": {"k": 1}, "b": {"k": 1}}
    assert document.values["b", "k"] == document.values["a", "k"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty-file", 1, 1),
        ("# only a comment\n", "empty-file", 2, 1),
        ("---", "empty-file", 1, 1),
        ("a:\n\tb: 1", "tab", 2, 1),
        ("a:\n  b: 1\n\tc: 2", "tab", 3, 1),
        ("a: [1, 2\nb: 3", "yaml-syntax", 1, 4),
        ("a: 'x\n", "yaml-syntax", 1, 4),
        ("a: b: c", "yaml-syntax", 1, 5),
        ("a: @x", "yaml-syntax", 1, 4),
        ("a: b\n---\nc: d", "second-document", 2, 1),
        ("a: *x", "unknown-alias", 1, 4),
        ("a: &a [*a]", "circular-alias", 1, 8),
        ("a: x\ny: \u2028", "unprintable-character", 2, 4),
        ("a: \x1b[31m", "unprintable-character", 1, 4),
        ("a: \ud800", "unprintable-character", 1, 4),
        (b"a: 1\nb: \xff", "not-utf-8", 2, 4),
        (b"\xff\xfea\x00", "not-utf-8", 1, 1),
        (b"", "empty-file", 1, 1),
    ],
)
def test_unreadable_text_is_refused_at_its_place(
    text: str | bytes, code: str, line: int, column: int
) -> None:
    """What stops the reading is told with its line and column."""
    assert place(refusal(text)) == (code, line, column)


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    """A file saved with a byte order mark reads like one without."""
    assert read(b"\xef\xbb\xbfa: 1").value == {"a": 1}
    assert read("\ufeffa: 1").value == {"a": 1}


@pytest.mark.parametrize("depth", [65, 900, 100_000])
def test_deep_nesting_is_refused_without_harm(depth: int) -> None:
    """Brackets nested deeper than 64 end in an error and not in a crash."""
    assert refusal("a: " + "[" * depth).code in ("too-deep", "yaml-syntax")
    assert refusal("- " * depth + "x").code in ("too-deep", "yaml-syntax")


def test_nesting_of_sixty_four_is_accepted() -> None:
    """The deepest accepted value is 64 levels down, the top counted."""
    assert read("[" * 63 + "1" + "]" * 63).problems == ()
    assert refusal("[" * 64 + "1" + "]" * 64).code == "too-deep"


def test_aliases_that_unfold_to_too_much_are_refused() -> None:
    """The billion-laughs file ends in an error after at most 200,000 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        items = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{items}]")

    assert refusal("\n".join(lines)).code == "too-many-values"


def test_counts_of_values_and_aliases_are_bounded() -> None:
    """More than 200,000 values or 1,000 aliases are refused."""
    assert refusal("a: [" + "1," * 200_000 + "]").code == "too-many-values"
    assert refusal("a: &a 1\nb: [" + "*a," * 1_001 + "]").code == "too-many-aliases"


def test_a_file_over_eight_mebibytes_is_refused() -> None:
    """The size is checked before anything is parsed."""
    assert refusal(b"#" * (FILE_BYTES_MAX + 1)).code == "file-too-large"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2", "duplicate-key", 2, 1),
        ("{x: {a: 1, 'a': 2}}", "duplicate-key", 1, 12),
        ("a: &x {k: 1}\nb: {<<: *x}", "merge-key", 2, 5),
        ("a: !!python/name:os.system x", "tag", 1, 4),
        ("? [a]\n: 1", "key-not-text", 1, 3),
        ("a: " + "9" * 5_000, "number", 1, 4),
        ("a: -9223372036854775809", "number", 1, 4),
        ("a: 0x" + "F" * 5_000, "number", 1, 4),
        ("a: .inf", "number", 1, 4),
        ("a: .NaN", "number", 1, 4),
        ("a: 1e999", "number", 1, 4),
    ],
)
def test_what_can_be_skipped_is_told_and_the_rest_is_read(
    text: str, code: str, line: int, column: int
) -> None:
    """Duplicates, merge keys, tags and huge numbers are problems that hide no other ones."""
    document = read_yaml(text, "a.yaml")

    assert [place(problem) for problem in document.problems] == [(code, line, column)]
    assert isinstance(document.value, dict)


def test_a_quoted_merge_sign_is_an_ordinary_key() -> None:
    """Only the plain `<<` means a merge."""
    assert read('"<<": 1').value == {"<<": 1}
