"""How files of facts come in, from the admin and from the shell.

Stages: a file is uploaded → looked at (`looking`: format, encoding, sheet, header) → its columns mapped (`mapping`,
with what `customers.platforms` knows of the exports of Cafe24, Smartstore and Shopify) → read into canonical records,
with what a spreadsheet damaged repaired (`records`, `repairs`) → laid out so that they can be cut into chunks
(`prepared`) → checked, which stores nothing → imported chunk by chunk through `customers.ingest` (`runs`).

Imports the models, `ingest`, `platforms` and `consent` of customers; nothing of other apps.
"""
