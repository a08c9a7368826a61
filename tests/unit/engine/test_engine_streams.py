"""Random streams: named, independent, replicable, and free of order where they are indexed."""

import numpy as np

from sim.engine.randomness import Streams


def draws(generator, count=100):
    """The next draws."""
    return generator.random(count)


def test_equal_names_give_equal_draws_in_equal_worlds():
    """Same seed, replication and name: same draws."""
    assert (draws(Streams(7, 2).stream("boot")) == draws(Streams(7, 2).stream("boot"))).all()


def test_seed_replication_and_name_each_give_other_draws():
    """Changing any of the three leaves no draw in common."""
    streams = [Streams(7, 2), Streams(8, 2), Streams(7, 3)]
    samples = [draws(s.stream("boot")) for s in streams] + [draws(streams[0].stream("pending"))]
    everything = np.concatenate(samples)
    assert len(np.unique(everything)) == len(everything)


def test_a_new_stream_does_not_move_the_draws_of_another():
    """Draws of `boot` are the same when somebody else draws in between."""
    alone = draws(Streams(7).stream("boot"))
    streams = Streams(7)
    first = draws(streams.stream("boot"), 50)
    draws(streams.stream("newcomer"))
    draws(streams.indexed("boot", 0))
    second = draws(streams.stream("boot"), 50)
    assert (np.concatenate([first, second]) == alone).all()


def test_indexed_draws_do_not_depend_on_who_asks_first():
    """Item 3 is item 3 before and after item 2, and asking again starts again."""
    forward, backward = Streams(7), Streams(7)
    a = {index: draws(forward.indexed("io", index)) for index in (2, 3)}
    b = {index: draws(backward.indexed("io", index)) for index in (3, 2)}
    assert all((a[index] == b[index]).all() for index in (2, 3))
    assert (draws(forward.indexed("io", 2)) == a[2]).all()


def test_items_and_the_sequential_stream_of_one_name_share_no_draw():
    """Indexed draws of a name are apart from each other and from its sequential ones."""
    streams = Streams(7)
    samples = [draws(streams.indexed("io", index), 1000) for index in range(5)]
    everything = np.concatenate([*samples, draws(streams.stream("io"), 1000)])
    assert len(np.unique(everything)) == len(everything)


def test_names_with_equal_checksums_are_different_streams():
    """These two names share their CRC-32; their draws must not."""
    streams = Streams(7)
    one, other = streams.stream("plumless"), streams.stream("buckeroo")
    assert (draws(one) != draws(other)).all()
