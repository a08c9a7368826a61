"""Draws arrivals while others are handled: the same ones in the same order, only sooner."""

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from sim.dataplane.boundary import ArrivalBatch, ArrivalSource


def drawn_ahead(source: ArrivalSource) -> ArrivalSource:
    """The same arrivals, drawn ahead if there is a processor for it."""
    return ArrivalsAhead(source) if _processor_count() > 1 else source


class ArrivalsAhead(ArrivalSource):
    """Has the next batch of a minute drawn on a thread while its user handles the present one.

    Drawing and the compiled data plane both let other threads run. One batch is drawn at a time, in
    the order of the source, so nothing depends on the threads. A minute of one batch needs none.
    """

    def __init__(self, source: ArrivalSource) -> None:
        self._source = source

    def batches(self, index: int) -> Iterator[ArrivalBatch]:
        """The source's batches of one minute; an error comes out where its batch is asked for."""
        batches = self._source.batches(index)
        first = next(batches, None)
        if first is None:
            return
        if math.isinf(first.until_us):
            yield first
        else:
            yield from _drawn_on_a_thread(first, batches)


def _drawn_on_a_thread(
    first: ArrivalBatch, others: Iterator[ArrivalBatch]
) -> Iterator[ArrivalBatch]:
    """The batches of a minute. The thread ends with them, or when nobody asks for more."""
    batch: ArrivalBatch | None = first
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="arrivals") as thread:
        while batch is not None:
            following = thread.submit(next, others, None)
            yield batch
            batch = following.result()


def _processor_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
