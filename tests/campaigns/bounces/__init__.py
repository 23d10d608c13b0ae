"""Tests of `campaigns/bounces`."""
