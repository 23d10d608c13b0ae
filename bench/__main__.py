"""`python -m bench [imports …]`: run these benches, or all, each beginning without a shop in the bench's database.

Exit code 1: a goal was missed.
"""

import os
import sys
from importlib import import_module

import django

from bench import ALL
from bench.harness import empty_shop, own_database


def main(names: list[str]) -> int:
    """Run the benches of these names; return the exit code."""
    unknown = set(names) - set(ALL)
    if unknown:
        sys.exit(f"There is no bench {', '.join(sorted(unknown))}. There are: {', '.join(ALL)}.")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"  # with the peers, whoever calls
    django.setup()
    missed = False
    with own_database():
        for name in names or ALL:
            print(f"\n=== {name}", flush=True)
            empty_shop()
            missed |= bool(import_module(f"bench.{name}").main())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
