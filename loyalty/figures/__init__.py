"""What loyalty comes to, in figures: points outstanding and their age, what is used and expires, tiers, coupons.

Reads the daily snapshots of the ledger and the counters of coupons, never the ledger's entries; writes one table of
its own, what lies in open lots, once a night. May import the other rooms of loyalty, `customers` and the floor.
"""
