"""Who the customers are, what they allowed, what they bought and did, and which groups they fall in.

Facts come in through `imports`, `api` and `platforms`, all by `ingest`; `identity` says who is who, `consent` and
`privacy` what may be done with them; `cycles`, `recommendations`, `places` and the statistics read what they bought;
`segments` groups them, `profile` shows one.

Owns customers, consents, stores, products, orders, events, the statistics derived from them, and segments.
Imports no other app. Upper apps add to it through modules with agreed names: `segment_conditions.py`,
`customer_panels.py`.
"""
