"""Facts over the API: the shop's systems post them in lists and read them back.

One address a kind of fact (`people`, `shop`, `behaviour`); each module holds the filter, the answer and the view of
its kinds. `posting` takes lists in, `reading` gives them out by `pages`, `record_schemas` describes both.
Imports `ingest`, the models, `masking` and `access_log`.
"""
