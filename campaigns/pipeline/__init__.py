"""How a campaign reaches people, in running order.

1. `entry`     who enters: the segment's members, each once, with a sticky arm (Enrollment)
2. `gate`      who may receive: one ordered list of reasons, as SQL, used for preview, plan and dispatch
3. `plan`      one Message per enrolment and step, planned or skipped with its reason
4. `content`   what it says: the template rendered for one person, links replaced, mandatory parts added
5. `dispatch`  hand over: claim, commit the intent, send, record the outcome
6. `outcome`   what came back: hits judged and rolled up
"""
