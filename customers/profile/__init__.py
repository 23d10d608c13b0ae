"""The page of one customer: who, worth what, what happened; the panels that every app adds to it."""
