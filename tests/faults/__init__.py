"""Real processes, killed, stopped and lied to: what `docs/reliability.md` promises, counted.

Small numbers run with every test run, those of the document by `make fault-tests` (FAULTS=full).
"""
