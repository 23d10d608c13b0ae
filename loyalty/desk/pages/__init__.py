"""The desk's one page, what is posted from it, and its tables in the admin. Every post leads back to the page."""
