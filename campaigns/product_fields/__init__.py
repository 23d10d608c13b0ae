"""Products in messages, chosen for each reader as the message is made, and which of them were shown.

`lists` says what each field offers and what stands in where there is none of it; `fields` are the fields themselves;
`trigger` tells what an automation began with; `occasion` knows which journey a message belongs to; `showing` numbers
the products that a message really shows, so that a click tells which, and keeps them.

Imports the fields of content, links, the models and `customers.affinity`; of the pipeline nothing.
"""
