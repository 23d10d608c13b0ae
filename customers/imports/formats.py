"""What kind of file somebody brought, told by what is in it and never by its name."""

import re
from enum import StrEnum
from pathlib import Path

from django.utils.translation import gettext as _

from customers.errors import FileRefused
from customers.imports import workbooks

START = 4_096
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# How a locked .xlsx calls its one stream, in the names of an OLE file.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PAGE = re.compile(rb"<(?:!doctype html|html|head|meta|body|table|style)\b", re.IGNORECASE)
_XML_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
BLOCK = 1 << 20


class Format(StrEnum):
    """The formats that are read."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PAGE = "page"


def format_of(path: Path) -> Format:
    """Return the file's format.

    Raises:
        FileRefused: it is none of ours, or a workbook that is locked.
    """
    with path.open("rb") as file:
        start = file.read(START)
    if start.startswith(OLE) and _contains(path, ENCRYPTED):
        raise FileRefused(workbooks.locked())
    if start.startswith((ZIP, OLE)):
        return Format.WORKBOOK
    if start.startswith(UTF_16):
        raise FileRefused(_("This is not a CSV file but %(kind)s. Save it as CSV (UTF-8).") % {"kind": "UTF-16"})
    if _XML_SPREADSHEET in start:
        raise FileRefused(_("This is an XML spreadsheet of 2003. Open it in Excel and save it as .xlsx."))
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Format.PAGE if text.startswith(b"<") and _PAGE.search(start) else Format.TEXT


def _contains(path: Path, wanted: bytes) -> bool:
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if wanted in tail + block:
                return True
            tail = block[-len(wanted) :]
    return False
