"""What the product advises by itself: what it sees, with the numbers, and where to act on it.

`adviser` says what an adviser is; each kind of advice is one class in `customers_to_reach`, `automations_at_work`,
`campaigns_sent` or `upkeep`. A job asks them all (`asking`), pages read what it kept. What somebody put away
(`putting_away`) nobody sees for 30 days. Reads only, but for that.

Imports the rest of analytics, and all below it.
"""
