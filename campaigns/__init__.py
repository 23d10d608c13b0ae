"""Saying something to a segment, lawfully, once, and hearing what happened.

Owns campaigns, approvals, messages, links, hits, sending accounts and the suppression list.
May import `loyalty` and `customers`; never `analytics`.
"""
