"""What comes back from messages: requests for the addresses of `campaigns/links.py`.

1. `record`    one append for each request, durable before the answer leaves, by the statements of `appending`
2. `views`     the public endpoints: pixel, click, unsubscribe page
3. `lean_application`  pixel and click once more as a process of its own: behind a `flood_gate`, hits of a moment
   committed together (`group_commit`, `hit_writer`) over a `line` each, with the same `answers`, most of them by a
   `pixel_protocol`
4. `verdicts`  who asked, a person or a machine; computed afterwards and again whenever the signs change

`campaigns/pipeline/outcome.py` adds the hits up on the messages. May import what `campaigns` may.
"""
