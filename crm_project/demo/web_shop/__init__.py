"""The web shop of 단골마트: a few pages that use the tracker as any shop would (docs/web-tracker.md).

`goods` says what is on the shelves, `tracking` signs who is logged in, `pages` draws and takes orders, which come in
through `customers.ingest` as a shop's back end would send them. Served where `DEMO_SHOP` is set, by the demo alone:
anybody may log in as one of its made-up customers.
"""
