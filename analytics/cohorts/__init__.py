"""Why is repurchase what it is: who comes back after a first purchase, when, and who stops coming.

Stages: `rebuilding` counts cells, curves and steps from the orders each night → `reading` and `survival` make figures
of them → the pages draw them. `slipping` reads the statistics of customers. Owns the cohort tables; may import
customers, loyalty, and `analytics.periods`.
"""
