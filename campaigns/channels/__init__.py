"""What a kind of message is: its address, its limits, its mandatory parts. A module a channel."""
