"""Tests of the law in tables."""
