"""What comes back from messages: requests for the addresses of `campaigns/links.py`.

1. `record`    one append for each request, durable before the answer leaves
2. `views`     the public endpoints: pixel, click, unsubscribe page
3. `verdicts`  who asked, a person or a machine; computed afterwards and again whenever the signs change

`campaigns/pipeline/outcome.py` adds the hits up on the messages. May import what `campaigns` may.
"""
