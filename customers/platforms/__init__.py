"""What is particular to the systems that shops run on: Cafe24, Naver Smartstore, Shopify.

A `*_exports` module knows the files a system writes and makes canonical records of them. A `*_webhooks` module knows
the calls it makes: `webhook_views` hears one → `deliveries` stores it, and a job takes it in (`told` → `taking_in`).
Imports the models, `ingest`, `contacts`, `consent` and `privacy` of customers; whoever reads files imports it.
"""
