"""A database backend that brings its own server: the first connection starts a private PostgreSQL.

`base` and `client` are what Django asks for. Below them, each importing only those after it:
`server` (start, stop, ready) → `programs` (whose PostgreSQL) → `places` (which folders) → `account` (run by whom)
and `configuration` (the server's files). It may import the floor of crm_project and no app.

Many processes may arrive at once and any of them may be killed at any moment. So every lasting step happens under
one file lock, is made under another name and renamed when complete, and "ready" is written last.
"""
