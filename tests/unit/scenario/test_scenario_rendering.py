"""Claims about how problems are drawn."""

from sim.errors import Problem
from sim.scenario.rendering import render


def a_problem(
    *, line: int = 3, column: int = 5, source_line: str = "    memroy: 4", help_text: str = ""
) -> Problem:
    """Build a problem in `sim.yaml`."""
    return Problem(
        "sim.yaml",
        line,
        column,
        "functions.0",
        "unknown-key",
        "unknown key",
        help_text,
        source_line,
    )


def test_a_problem_is_drawn_like_a_compiler_does() -> None:
    """Code, message, place, source line, carets under the whole word, path and help are there."""
    assert render([a_problem(help_text="did you mean `memory`?")]) == (
        "error[unknown-key]: unknown key\n"
        " --> sim.yaml:3:5\n"
        "  |\n"
        "3 |     memroy: 4\n"
        "  |     ^^^^^^ functions.0\n"
        "  = help: did you mean `memory`?\n"
        "\n"
        "1 problem found\n"
    )


def test_problems_come_in_line_order_and_at_most_twenty() -> None:
    """The first twenty by line are drawn, the rest is counted."""
    text = render([a_problem(line=line) for line in range(30, 0, -1)])

    assert text.index("sim.yaml:1:5") < text.index("sim.yaml:2:5")
    assert "sim.yaml:20:5" in text
    assert "sim.yaml:21:5" not in text
    assert text.endswith("30 problems found, the first 20 are shown\n")


def test_the_caret_never_passes_the_end_of_the_line() -> None:
    """At the end of a line there is one caret, right behind the last character."""
    text = render([a_problem(column=5, source_line="a: b")])

    assert "\n3 | a: b\n  |     ^ functions.0\n" in text


def test_carets_stand_under_wide_characters() -> None:
    """Characters that take two cells of a terminal count twice."""
    text = render([a_problem(column=5, source_line="日本: 日本 # c")])

    assert "\n  |       ^^^^ functions.0\n" in text


def test_a_value_of_two_words_is_underlined_whole() -> None:
    """A plain value with a space gets carets to its end, a comment gets none."""
    text = render([a_problem(column=9, source_line="memory: 4 GB # small")])

    assert "\n  |         ^^^^ functions.0\n" in text


def test_a_long_line_is_cut_around_the_mistake() -> None:
    """Of a line of thousands of characters only the surroundings are shown."""
    text = render([a_problem(column=5_001, source_line="x, " * 1_666 + "  wrong: 1" + ", y" * 500)])

    shown = text.splitlines()[3]
    assert len(shown) < 120
    assert shown[text.splitlines()[4].index("^") :].startswith("wrong")


def test_control_characters_do_not_reach_the_terminal() -> None:
    """An escape sequence in a source line or message is made harmless."""
    text = render([a_problem(source_line="    \x1b[31mred\x07")])

    assert "\x1b" not in text
    assert "\x07" not in text
