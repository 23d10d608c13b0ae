"""Tests to the shop's own people: their proven addresses, and what is sent to them."""
