"""``python3 run.py bench`` or ``python -m benchmarks [steps|inbox|desk|ballots|acts]``: print."""

from __future__ import annotations

import sys

from benchmarks import acts, ballots, desk, inbox, steps

ALL = {
    "steps": steps.main,
    "inbox": inbox.main,
    "desk": desk.main,
    "ballots": ballots.main,
    "acts": acts.main,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    for name in sys.argv[1:] or ALL:
        print(f"== {name}")
        ALL[name]()


if __name__ == "__main__":
    main()
