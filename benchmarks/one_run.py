"""Time one variant in a process of its own: ``one_run.py MODULE JOB FOLDER BOOK OUT`` prints JSON.

Timing starts when libraries are imported and charter and atlas are open, and ends when the file is
written. Processor time counts all threads; peak memory is the whole process's, libraries included.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path


def main(module: str, name: str, folder: str, book: str, out: str) -> dict[str, float]:
    """Run one variant; give its wall and processor seconds, those of its start, and its peak memory in MB."""
    job = getattr(importlib.import_module(f"peers.{module}"), name)(Path(folder), Path(book), Path(out))
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    job()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "wall": wall,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "start": before.ru_utime + before.ru_stime,
        "peak": after.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
