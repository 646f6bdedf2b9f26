"""The command line of Stannary: how a command is found and run, and how each way of failing ends.

Each command lives in a module that is loaded when it runs, so `stannary --help` loads no room.
Exit codes: 0 done; 1 crashed; 2 usage; 3 input invalid; 4 not found; 5 findings at or above --fail-on;
6 source unavailable; 130 interrupted; 141 the reader of a pipe went away.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App, CycloptsError

from stannary.cli.commands import COMMANDS, GROUPS
from stannary.cli.failures import show_crash, show_refusal, show_usage
from stannary.errors import StannaryError

__all__ = ["COMMANDS", "app", "main", "run"]

INTERRUPTED, PIPE_CLOSED, TERMINATED = 130, 141, 143


def run() -> NoReturn:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main(sys.argv[1:]))


STOPPED_BY: dict[str, int] = {}
"""The exit code of the signal that stopped the program, once one has."""


def stop(*_: object) -> NoReturn:
    """Leave in order when asked to end, so that temporary files are cleared."""
    STOPPED_BY["status"] = TERMINATED
    sys.exit(TERMINATED)


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; whatever goes wrong is told on stderr, never as a traceback."""
    tokens = list(arguments)
    try:
        status = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return show_usage(error, tokens)
    except StannaryError as error:
        return show_refusal(error, tokens)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more on exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():
            return STOPPED_BY.get("status", INTERRUPTED)  # the database's way of telling of a signal
        return show_crash(error)
    return status if isinstance(status, int) else 0


def version() -> str:
    """Give the version of the installed package."""
    from importlib.metadata import version as installed

    return f"stannary {installed('stannary')}"


def assembled() -> App:
    """Put the commands together, none of them loaded."""
    root = App(
        name="stannary",
        help="Run, and rehearse, a trade zone for critical minerals: its rules, its border, its facts.",
        help_epilogue="Begin with: stannary demo",
        help_format="plaintext",
        version=version,
        version_flags=["--version"],
        suppress_keyboard_interrupt=False,
    )
    groups: dict[str, App] = {}
    for order, (words, home, sentence, example) in enumerate(COMMANDS):
        group, _, name = words.rpartition(" ")
        if group and group not in groups:
            epilogue = f"Example: {example}"
            groups[group] = App(name=group, help=GROUPS[group], sort_key=order, help_epilogue=epilogue)
            root.command(groups[group])
        target = groups[group] if group else root
        target.command(home, name=name, help=sentence, sort_key=order, help_epilogue=f"Example: {example}")
    return root


app = assembled()
