"""What makes a customer enter an automation: one class a trigger, found by its key.

A trigger is asked for a window of time and answers in SQL with who enters, when it happened, and a key by which the
same thing is never taken twice. So a missed minute is caught up, and asking again changes nothing. `base` says what a
trigger is; the modules beside it hold them by topic. May import the tables, `loyalty` and `customers`.
"""
