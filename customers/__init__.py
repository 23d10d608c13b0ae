"""Who the customers are, what they allowed, what they bought and did, and which groups they fall in.

Owns customers, consents, stores, products, orders, events, the statistics derived from them, and segments.
Imports no other app. Upper apps add to it through modules with agreed names: `segment_conditions.py`,
`customer_panels.py`.
"""
