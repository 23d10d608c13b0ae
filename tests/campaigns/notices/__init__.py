"""Tests of notices about consent."""
