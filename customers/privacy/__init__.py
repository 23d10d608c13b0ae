"""What people may demand of the shop about their data, and what the law demands of the shop (PIPA; docs/privacy.md).

A person's request (`subject_requests`) → a copy of what is stored (`subject_copy`) or its erasure (`erasure`), which
goes over every table and store of `customers.personal_data`, keeps what a law wants kept apart (`legal_store`), and
leaves a keyed hash of the contacts (`contact_hashes`), so that no import revives the person. Files of personal data
leave by `exports`, as `pseudonyms` where nobody is to be known; what is old is destroyed by `retention`.

A leak is kept as one of `incidents`, the yearly notice by `usage_notices`; both owe people notices (`owed_notices`),
which campaigns send.

Imports the models of customers and what lies beneath; upper apps declare their tables in their `personal_data.py`.
"""
