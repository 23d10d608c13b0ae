"""The right message by itself: who enters, which steps they take, when they leave.

trigger → entering (a journey for each who enters, once) → walking (steps that are due, exits first) → sending (an
enrolment and a message of the step's own campaign, through the gate) → the pipeline of all campaigns.
`lifecycle` is the only writer of an automation's and a version's status, `entering` and `walking` of journeys.
May import everything of `campaigns`, `loyalty` and `customers`.
"""
