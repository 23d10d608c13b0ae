"""Tests of the pages of automations."""
