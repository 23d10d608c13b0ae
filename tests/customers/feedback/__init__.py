"""Surveys, their public page, and the cases that come of low scores."""
