"""The right message by itself: who enters, which steps they take, when they leave.

trigger → entering (a journey for each who enters, once) → walking (steps that are due, exits first) → sending (an
enrolment and a message of the step's own campaign, through the gate) → the pipeline of all campaigns.
`taking` says what comes of each kind of step (`waits`, `splits`, `offers`), `exits` what ends a journey early, which
`leaving` does; `dry_run` and `back_test` try a version without writing anything.
`lifecycle` is the only writer of an automation's and a version's status; `entering`, `walking` and `leaving`
write journeys.
May import everything of `campaigns`, `loyalty` and `customers`.
"""
