"""Make the tables of a book and be killed, without warning, before the statement of a given number."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from stannary.ledger.migrating import migrate

last = int(sys.argv[2])
statements = count()


def stop(*_: Any) -> None:
    """Die when the statement's turn has come."""
    if next(statements) == last:
        os.kill(os.getpid(), signal.SIGKILL)


event.listen(Engine, "before_cursor_execute", stop)
migrate(Path(sys.argv[1]))
