"""What to offer whom: what goes together, what is due again, what is wanted by people like them, with the reason.

orders → demand, companions, popularity (`rebuilding`, nightly, all at once) → candidates of each customer with one
estimated chance each (`ranking`) → a list with the reason in words (`reasons`); `evaluation` holds lists made as of a
day against what people bought after it. `occasions` are narrower lists for messages: what goes with an order, what is
due now, another category, a dearer one, the cart.

`customers.affinity` is the face of all this. Imports the models, the cycles and the statistics of customers.
"""
