"""Notices that the law owes customers, sent by standing campaigns (L-12, L-13, P-05, P-13, P-16).

A standing campaign serves one kind of duty over one account and is approved once, like any other. From then on every
duty that falls due is enrolled in the first way that reaches its customer, and marked done once its message left.
`drafts` writes the campaigns, `checks` refuses promotion in them, `sending` enrols and settles, `routes` says over
which way, `words` what a notice tells, `keys` ties enrolment and duty. May import `customers` and the pipeline.
"""
