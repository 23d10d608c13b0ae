"""Automations to start from: declared whole, with texts in Korean and English, and made into drafts on request.

`base` says what a recipe is, the modules by goal (`first_purchase`, `repeat_purchase`, …) hold them, `every` registers
them all; `drafting` makes an automation of one over the accounts the shop has. Whether a message is advertising or
information is fixed here, so that nobody has to guess (L-33).

May import `campaigns.automation`, the tables of `campaigns`, `loyalty` and `customers`.
"""
