"""Groups of customers by rule: what a rule may say, whom it holds for, and who is in now.

A rule is JSON. Groups are `{"all": […]}`, `{"any": […]}` and `{"not": …}`; what they group is conditions:

    {"all": [{"is": "last_order", "op": "more_than_days_ago", "value": 90},
             {"is": "orders", "op": "at_least", "value": 3, "window": {"this": "month"}},
             {"not": {"is": "consent", "op": "granted", "value": "email"}}]}

The way of a rule: `rules` checks it into a tree → `compiler` makes one `Q` of the tree → `refresh` turns the `Q` into
membership rows; `preview` counts it while it is edited, `explain` holds it against one customer.
`conditions` is the registry; every app adds its own in a module named `segment_conditions`.

May import `customers.models` and the floor of `crm_project`.
"""
