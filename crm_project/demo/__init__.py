"""The demo: a year of a supermarket, made into the shop 단골마트, and a public that answers its campaigns.

The Complete Journey (read) → calendar (moved to now) → made up (names, contacts, consents, visits: the data has none)
→ load → setup (users, account, segments, a campaign that waits) → public (opens, clicks and buys over HTTP).

`web_shop` is its web shop, with the tracker in its pages.

Part of the roof: may import every app. Nothing imports it but the commands `demo` and `load_complete_journey`.
"""
