"""Benches: each side by side with its limit or a peer, in the same run, as ratios. How to run them: README.md.

May import everything; nothing imports it but its smoke tests. Each module named in `ALL` has a `main()` that measures
in the database it is given and returns the exit code.
"""

ALL = (
    "imports",
    "events_over_http",
    "stats",
    "reports",
    "rfm",
    "segments",
    "planning",
    "replay",
    "dispatch",
    "attribution",
    "earning",
    "ledger",
    "ledger_check",
    "desk",
    "till",
    "tracking",
)
