"""How long people wait before they buy again, when they are due, and how likely it is that they will not come.

A pause is the number of days between two days (KST) on which the same customer bought: anything, something of a
category, or one product. Cancelled and refunded orders and returned lines (quantity not above zero) are no purchases;
two orders on one day are one. Guests are nobody who could come back.

facts → pauses (`pauses`) → cycles of categories and products, rhythms (`rebuilding`, nightly)
→ what is expected of each customer: due day and repurchase risk, on their statistics (`expectation`)
→ what a customer is due to buy (`due_dates`)

Imports the models of customers and the floor.
"""

from customers.cycles.due_dates import Due, due, due_many
from customers.cycles.rebuilding import rebuild

__all__ = ["Due", "due", "due_many", "rebuild"]
