"""A shop of any size, made up from a seed: a million customers with their orders and events in minutes.

size (how much, and until when) → catalogue (stores and products, each with its true cycle) → people (who they are and
what they allowed) → campaigns (who was written to and what came of it) → purchases → browsing → either the database
(rows as `customers.ingest` would have written them) or CSV files for it → truth (what was drawn from what, as JSON).

Nothing is drawn in Python but the catalogue: a draw is a hash of the seed, of what it is about, and of a number
(`chance`), computed by PostgreSQL, so it is the same on every run and costs no round trip.

Part of the roof: may import every app. Nothing imports it but the command `generate`, the benches and tests.
"""
