"""What a kind of message is: its address, its limits, its mandatory parts. A module a channel.

`base.py` says what every channel must answer; the tables name their choices by its registry, so it imports no model.
`every.py` makes all of them known. Who carries a message is the business of `campaigns/gateways/`.
"""
