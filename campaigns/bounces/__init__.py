"""Mails that come back to a sender of one's own (E-05); a service that sends for the shop calls us instead.

1. `addresses`  an envelope sender for each message, so that what comes back names it
2. `mails`      delivery reports and complaints, read as reports of a gateway
3. `intake`     a mail that came back, kept as reports of the account its message left over
4. `mailbox`    the mailboxes they come to, read over IMAP

`campaigns/pipeline/reports.py` settles what they say. `suppressions` is the list of addresses that get nothing more.
May import what `campaigns` may.
"""
