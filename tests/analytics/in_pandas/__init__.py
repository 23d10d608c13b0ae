"""Every number people decide from, once more: in pandas, from what a shop knows, without a line of the product's own.

`shop` holds the facts; `kpis`, `staying_away`, `prediction`, `rfm` and `cohorts` compute; `against_ours` holds the
result against the product. Asked by the tests of The Complete Journey and by `scripts/second_shop.py`.
"""
