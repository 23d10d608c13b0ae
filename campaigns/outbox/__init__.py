"""Looking at messages one by one: each with its outcome, and what the sandbox wrote instead of sending it."""
