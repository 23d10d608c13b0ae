"""Watching a campaign being sent: how far it is, who got it, and whether one customer did."""
