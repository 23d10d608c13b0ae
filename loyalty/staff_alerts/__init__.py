"""What stands out in the bookings of staff: found each night, read by administrators, cleared by somebody else.

rules (the table: a name, a query, the numbers from which on) → looking (the nightly run) → sentences → alert_admin.
Nothing here stops a booking; what must never happen is refused where it is booked. May import `customers` and the
models of `loyalty`.
"""
