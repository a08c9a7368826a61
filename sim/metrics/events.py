"""Keeps the `events` table: the whole journal in order, with a line to read for each entry."""

import pandas as pd

from sim.metrics.event_lines import event_line
from sim.metrics.minute_grid import hours_since_traffic
from sim.model.run_record import RunRecord
from sim.units import SECOND_US


def events_table(record: RunRecord) -> pd.DataFrame:
    """One row per journal entry.

    Columns: `seq`, `time_us` and `time_s` (world), `hours` (since the traffic), `kind`, `line`.
    """
    times_us = [entry.time_us for entry in record.journal]
    return pd.DataFrame(
        {
            "seq": range(len(record.journal)),
            "time_us": times_us,
            "time_s": [time_us / SECOND_US for time_us in times_us],
            "hours": [hours_since_traffic(record, time_us) for time_us in times_us],
            "kind": [entry.kind for entry in record.journal],
            "line": [event_line(entry, record.traffic_start_us) for entry in record.journal],
        }
    )
