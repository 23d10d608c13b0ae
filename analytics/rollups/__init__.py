"""Sums kept beside the facts, so that a page reads hundreds of rows where it would count millions.

1. `raw`        every sum as one query over the facts: what the kept ones must equal, to the won
2. `sales`      days whose facts changed are marked with the change; they are added up again, and read live until then
3. `campaigns`  each change is appended as plus and minus with the fact, and folded; read as sums, so always exact
4. `kept`       figures that cannot be added up (distinct people): asked by a job, read with the time they were asked
5. `check`      compares all of it with the raw queries; every night, and by `manage.py check_rollups`

The marks and the plus and minus are written by triggers, one call a statement (migration 0002).
May import customers and campaigns; of analytics the models and periods only.
"""
