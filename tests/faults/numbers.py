"""How often each experiment is done: small for every run, full for `make fault-tests`."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

IS_FULL = os.environ.get("FAULTS") == "full"
# Where `make fault-tests` collects a line for each experiment.
RESULTS = os.environ.get("FAULT_RESULTS", "")


def of(*, small: int, full: int) -> int:
    """Return the number that counts in this run."""
    return full if IS_FULL else small


@dataclass
class Tally:
    """What an experiment came to, written down where somebody asked for it."""

    experiment: str
    counts: dict[str, object] = field(default_factory=dict)

    def write(self, **counts: object) -> None:
        """Append a line of JSON to the results."""
        self.counts |= counts
        if RESULTS:
            with Path(RESULTS).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"experiment": self.experiment} | self.counts, default=str) + "\n")
