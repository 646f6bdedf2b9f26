"""Time how long it takes to import Stannary and to ask it for help, against a bare interpreter.

Each is the best of several fresh starts, since a machine can only make a start slower than it is. Run it as
``make bench``, or ``python benchmarks/startup.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time

STARTS = 7
LIMIT_S = 0.4

BARE = "pass"
IMPORT = "import stannary"
HELP = "import sys; sys.argv = ['stannary', '--help']; from stannary.cli.main import run; run()"


def best_start(code: str) -> float:
    """Give the seconds of the fastest of several fresh interpreters running some code."""
    seconds = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def main() -> int:
    """Print the seconds and their ratio to a bare start; fail where the limit is passed."""
    bare = best_start(BARE)
    print(f"{'a bare interpreter':22}{bare:7.3f} s")
    slow = False
    for name, code in (("import stannary", IMPORT), ("stannary --help", HELP)):
        took = best_start(code)
        slow = slow or took > LIMIT_S
        print(f"{name:22}{took:7.3f} s   {took / bare:5.1f} times   limit {LIMIT_S} s")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
