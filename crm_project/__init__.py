"""The roof and the floor of the project.

The roof (`settings`, `urls`, `api`, `schedules`, the commands) knows every app and is imported by none.
The floor (`errors`, `registry`, `queue`, `read_only_admin`, `embedded_postgres`) imports no app and may be
imported by all.
"""
