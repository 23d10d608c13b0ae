"""What is particular to the systems that shops run on: Cafe24, Naver Smartstore, Shopify.

A `*_exports` module knows the files a system writes and makes canonical records of them.
Imports the models, `ingest` and `contacts` of customers; whoever reads files or hears webhooks imports it.
"""
