"""Run the command line with ``python -m stannary.cli``."""

from stannary.cli.main import run

if __name__ == "__main__":
    run()
