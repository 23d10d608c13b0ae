"""What the answers of mail servers mean: reply codes (RFC 5321) and the finer ones in them (RFC 3463), as classes.

The finer code counts where there is one. A code that stands here nowhere is `UNKNOWN_CODE`. A bare 550 is said of a
recipient and of content alike, so what is known of it besides tells which: only the first stops an address for good.
"""

import re

from campaigns.gateways.failures import Failure

# No part of an IP address, which servers quote where they block one.
ENHANCED = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\w|\.\d)")
ADDRESS = re.compile(r"\S*@\S*")
TAKEN_FOR_SPAM = re.compile(r"spam|polic(?:y|ies)|block|reputation|black-?list|차단|스팸", re.IGNORECASE)

# By "subject.detail"; of one that is not here its subject counts.
BY_DETAIL = {
    "1.0": Failure.INVALID_RECIPIENT,
    "1.1": Failure.INVALID_RECIPIENT,
    "1.2": Failure.INVALID_RECIPIENT,
    "1.3": Failure.INVALID_RECIPIENT,
    "1.6": Failure.INVALID_RECIPIENT,
    "1.7": Failure.SENDER,
    "1.8": Failure.SENDER,
    "1.10": Failure.INVALID_RECIPIENT,
    "2.1": Failure.INVALID_RECIPIENT,
    "2.2": Failure.RETRYABLE,
    "2.3": Failure.CONTENT,
    "3.4": Failure.CONTENT,
    "4.1": Failure.RETRYABLE,
    "4.4": Failure.INVALID_RECIPIENT,
    "5.3": Failure.RATE_LIMITED,
    "7.8": Failure.AUTH,
    "7.9": Failure.AUTH,
    "7.28": Failure.RATE_LIMITED,
}
BY_SUBJECT = {
    "2": Failure.RETRYABLE,
    "3": Failure.RETRYABLE,
    "4": Failure.RETRYABLE,
    "6": Failure.CONTENT,
    "7": Failure.SPAM_BLOCKED,
}
BY_REPLY = {
    421: Failure.RATE_LIMITED,
    450: Failure.RETRYABLE,
    451: Failure.RETRYABLE,
    452: Failure.RETRYABLE,
    530: Failure.AUTH,
    535: Failure.AUTH,
    538: Failure.AUTH,
    550: Failure.INVALID_RECIPIENT,
    551: Failure.INVALID_RECIPIENT,
    552: Failure.RETRYABLE,
    553: Failure.INVALID_RECIPIENT,
    554: Failure.SPAM_BLOCKED,
    556: Failure.INVALID_RECIPIENT,
}
# While a server only asks to wait, none of these is meant for good.
PASSING = {Failure.INVALID_RECIPIENT: Failure.RETRYABLE, Failure.SPAM_BLOCKED: Failure.RATE_LIMITED}


def failure_of(reply: str, *, is_of_content: bool = False) -> Failure:
    """Return the class of a server's answer such as "550 5.1.1 no such user".

    Args:
        is_of_content: it is the answer to the content, after the recipient was accepted.
    """
    enhanced = ENHANCED.search(reply)
    if enhanced:
        return failure_of_status(enhanced[0])
    code = reply[:3]
    failure = BY_REPLY.get(int(code), Failure.UNKNOWN_CODE) if code.isdecimal() else Failure.UNKNOWN_CODE
    is_spam = is_of_content or TAKEN_FOR_SPAM.search(ADDRESS.sub("", reply))
    return Failure.SPAM_BLOCKED if failure == Failure.INVALID_RECIPIENT and is_spam else failure


def failure_of_status(status: str) -> Failure:
    """Return the class of a status such as "5.1.1" (RFC 3463)."""
    kind, subject, detail = status.split(".")
    failure = BY_DETAIL.get(f"{subject}.{detail}") or BY_SUBJECT.get(subject, Failure.UNKNOWN_CODE)
    return PASSING.get(failure, failure) if kind == "4" else failure
