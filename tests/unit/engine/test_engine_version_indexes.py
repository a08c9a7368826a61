"""Indexes of the data plane: each belongs to one version at a time, and nobody's moves."""

import pytest

from sim.engine.version_indexes import VersionIndexes


class Added:
    """What was added, after the names of the start."""

    def __init__(self, *names):
        self.names = list(names)
        self.like = []
        self.indexes = VersionIndexes(names, add=self._add)

    def _add(self, like, name):
        self.like.append(like)
        self.names.append(name)
        return len(self.names) - 1


def test_the_only_version_has_the_index_of_its_function_and_a_further_one_a_new_index():
    """Two functions with a version each, then a second version of the second function."""
    added = Added("site", "other")
    taken = [added.indexes.take(*key) for key in (("site", "1"), ("other", "1"), ("other", "2"))]
    assert taken == [0, 1, 2]
    assert (added.names, added.like) == (["site", "other", "other:2"], [1])


def test_a_version_that_is_called_by_name_has_the_index_of_that_name():
    """Whether it is published first or second."""
    added = Added("site", "site:$LATEST.PUBLISHED")
    assert added.indexes.take("site", "$LATEST.PUBLISHED") == 1
    assert added.indexes.take("site", "1") == 0
    assert not added.like


def test_the_function_s_index_goes_to_the_successor_of_all_its_versions():
    """Not to the next version while another lives: its callers would move without being asked."""
    added = Added("site")
    first, second = added.indexes.take("site", "1"), added.indexes.take("site", "2")
    added.indexes.release(first)
    third = added.indexes.take("site", "3")
    assert (first, second, third) == (0, 1, 2)
    added.indexes.release(second)
    added.indexes.release(third)
    assert added.indexes.take("site", "4") == 0


def test_the_head_gets_its_index_back():
    """It is the one version that comes again after it is gone."""
    added = Added("site")
    added.indexes.take("site", "1")
    head = added.indexes.take("site", "$LATEST.PUBLISHED")
    added.indexes.release(head)
    assert added.indexes.take("site", "$LATEST.PUBLISHED") == head


def test_a_version_that_exists_cannot_be_published_once_more():
    """That is our own bug."""
    added = Added("site", "site:2")
    added.indexes.take("site", "2")
    with pytest.raises(AssertionError, match="site:2 exists already"):
        added.indexes.take("site", "2")
