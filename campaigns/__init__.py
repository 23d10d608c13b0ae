"""Saying something to a segment, lawfully, once, and hearing what happened.

The rooms in the order of a campaign's life: `library` and `editor` (writing it), `review` (deciding about it),
`pipeline` over `channels` and `gateways` (sending it), `progress`, `outbox` and `staff` (watching and trying it),
`tracking` and `bounces` (hearing what happened). `compliance`, `notices` and `kakao` hold what the law and Kakao ask,
`senders` the accounts. `lifecycle` and `approval` decide what may happen next.

Owns campaigns, approvals, messages, links, hits, sending accounts and the suppression list.
May import `loyalty` and `customers`; never `analytics`.
"""
