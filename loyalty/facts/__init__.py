"""What happened to members that somebody may want to tell them: rows that campaigns pull. Nothing here sends.

`happenings` gives, for a stretch of time, who it concerns, when, and a key by which nobody is told twice;
`expiry_notices` are duties: points that die, to be told 60, 30 and 3 days before, with what became of each.
May import the rest of `loyalty` and `customers`.
"""
