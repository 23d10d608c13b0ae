"""What operators see of automations: list, editor, trial, review, people. Decides nothing itself.

Asks `campaigns/automation/` and `campaigns/triggers/`; nothing below imports it.
"""
