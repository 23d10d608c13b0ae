#!/usr/bin/env python3
"""Imports any shop's files and holds every KPI, cohort cell and RFM count against pandas, in a database of its own.

    scripts/second_shop.py FOLDER

The folder holds files as `docs/data.md` describes them: customers.csv and orders.csv, and where the shop has them
stores.csv, products.csv, events.csv and spend.csv (`docs/kpis.md`). They come in by `manage.py import_data`; pandas
reads the same files. Everything is as of the night after the last order. Exit code 1: something differs.
"""

import argparse
import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
django.setup()

from bench.harness import own_database  # noqa: E402 - after django.setup()
from tests.analytics.in_pandas import importing  # noqa: E402
from tests.analytics.in_pandas.against_ours import Compared  # noqa: E402

SHOWN = 3


def main(folder: Path) -> int:
    """Import, compute, compare, say; return the exit code."""
    with own_database():
        return say(list(importing.compared(folder)))


def say(found: list[Compared]) -> int:
    """Print a line a kind and the first differences; return 1 where there is any."""
    print(f"\n{'what':44} {'compared':>9} {'different':>9}")
    for each in found:
        print(f"{each.what:44} {each.values:9,} {len(each.differences):9,}")
        for key, ours, expected in each.differences[:SHOWN]:
            print(f"    {key}: {ours}, by pandas {expected}")
    different = sum(len(each.differences) for each in found)
    print(f"{'all':44} {sum(each.values for each in found):9,} {different:9,}")
    return int(different > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    sys.exit(main(parser.parse_args().folder))
