"""The results of automations: who entered and how it ended, what each message led to, what it added over its holdout.

Messages and won are read from the roll-ups of the automation's campaigns, journeys from figures that a job keeps.
Imports the campaign report, the experiments and the roll-ups of analytics, and all below it.
"""
