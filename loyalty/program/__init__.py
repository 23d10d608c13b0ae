"""The terms of the points program: the page on which they are changed, and every change as a frozen version.

May import `loyalty.earning` and `loyalty.ledger`, `customers` and the floor.
"""
