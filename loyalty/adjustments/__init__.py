"""Adjustments of points above what one person may book alone: asked for → agreed to by a second person, or refused.

The asking is kept, the deciding too, and only an agreement books anything. May import `loyalty.ledger`, `customers`
and the floor.
"""
