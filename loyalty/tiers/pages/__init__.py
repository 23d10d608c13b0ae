"""The pages of tiers: the ladder with its movement, its editor with a live preview, one customer's history."""
