"""Draws arrivals while others are handled: the same ones in the same order, only sooner."""

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from sim.dataplane.boundary import ArrivalBatch, ArrivalSource

FEW = 4
"""So many batches of a minute are drawn when they are needed, at 32,768 arrivals each."""


def drawn_ahead(source: ArrivalSource) -> ArrivalSource:
    """The same arrivals, drawn ahead if there is a processor for it."""
    return ArrivalsAhead(source) if _processor_count() > 1 else source


class ArrivalsAhead(ArrivalSource):
    """Has the next batch of a minute drawn on a thread while its user handles the present one.

    Drawing and the compiled data plane both let other threads run. One batch is drawn at a time, in
    the order of the source, so nothing depends on the threads. A minute of few batches needs none:
    to start one takes as long as the little that it would save.
    """

    def __init__(self, source: ArrivalSource) -> None:
        self._source = source

    def batches(self, index: int) -> Iterator[ArrivalBatch]:
        """The source's batches of one minute; an error comes out where its batch is asked for."""
        batches = self._source.batches(index)
        for batch in islice(batches, FEW):
            yield batch
            if math.isinf(batch.until_us):
                return
        yield from _drawn_on_a_thread(batches)


def _drawn_on_a_thread(batches: Iterator[ArrivalBatch]) -> Iterator[ArrivalBatch]:
    """The rest of a minute. The thread ends with it, or when nobody asks for more."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="arrivals") as thread:
        batch = next(batches, None)
        while batch is not None:
            following = thread.submit(next, batches, None)
            yield batch
            batch = following.result()


def _processor_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
