"""Reads the event files of a run with TensorBoard's own reader and compares them with metrics.csv."""

import csv
import math
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = sys.argv[1]
accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
accumulator.Reload()
found = {(tag, event.step): event.value for tag in accumulator.Tags()["scalars"] for event in accumulator.Scalars(tag)}
count = sum(len(accumulator.Scalars(tag)) for tag in accumulator.Tags()["scalars"])
assert count == len(found), "a step is there twice"
rows = list(csv.DictReader(open(folder + "/metrics.csv")))
assert len(rows) == count, f"{count} scalars for {len(rows)} rows"
for row in rows:
    field = "" if row["field"] == "all" else row["field"] + "/"
    lead = "" if float(row["lead"]) == 0 else f" at {row['lead']}"
    tag = f"{row['split']}/{field}{row['metric']}{lead}"
    value = struct.unpack("f", struct.pack("f", float(row["value"])))[0]
    assert math.isclose(found[tag, int(row["step"])], value, rel_tol=1e-12), tag
print(f"{count} scalars agree")
