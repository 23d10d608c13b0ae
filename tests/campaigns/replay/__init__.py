"""Recipes at work in a shop whose past is lived through again, day by day, beside what pandas says should happen.

`lived` has the shop and its clock, `by_pandas` reads the same data independently, the tests compare.
"""
