"""Log lines and errors that were kept say what went wrong, not about whom.

E-mail addresses and phone numbers are blotted out, and so are the details a database adds to an error, which quote
whole rows. Names cannot be told from other words, so none is to be logged in the first place.
"""

import logging
import re

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w.-])(?:\+82[- ]?|0)(?:1[016789]|2|[3-6]\d|70|80|50\d)[- ]?\d{3,4}[- ]?\d{4}(?![\w-])")
# PostgreSQL: "DETAIL:  Key (email)=(…) already exists." and "CONTEXT:  COPY stage, line 3: …"
DATABASE_DETAIL = re.compile(r"^((?:DETAIL|CONTEXT):).*$", re.MULTILINE)


def without_personal_data(text: str) -> str:
    """Return the text with e-mails, phones and quoted rows blotted out."""
    text = DATABASE_DETAIL.sub(r"\1 …", text)
    return PHONE.sub("[phone]", EMAIL.sub("[e-mail]", text))


class Formatter(logging.Formatter):
    """Formats as usual and blots out what is personal, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))
