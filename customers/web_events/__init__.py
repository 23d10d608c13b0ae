"""What visitors do in the shop's web pages, told by the tracker that stands in them (docs/web-tracker.md).

Anybody can call these addresses, so nothing of a call is believed but what the shop signed:
call (`calls`: site, origin, rate, size) → identity (`identity`: whose visit it is, signed by the shop) → records
(`reading`: known kinds, short values, our own numbers, clamped times) → stored (`arrivals`) → taken in by
`customers.ingest` as any other events.

`script` serves the tracker, `site_admin` the page with the lines to paste. Imports `ingest` and the models.
"""
