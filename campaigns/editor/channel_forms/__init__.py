"""What an author types for a content of each channel: a module a channel, found by lying here.

A field named like a column of `Variant` is stored there, every other one in `Variant.details`. A channel without a
module here gets the fields that it names itself. May import everything of campaigns but its pages.
"""
