"""What the law wants of every message, by tables: nobody can edit it away. The rules are those of docs/rules.md.

`labels` and `mail_parts` put in what is mandatory, `finished` looks for it once more before a message leaves, `window`
says when it may leave, `senders` over which account, `wording` what its author may not write. The figures of the law
and the switch for a shop outside Korea are in `crm_project/country_rules.py`. `compliance_board` shows what the
law waits for. May import the tables, the channels and the language of content; nothing here sends anything.
"""

from campaigns.compliance import senders, window
from campaigns.compliance.finished import frame_violation, violation
from campaigns.compliance.labels import FALSE_LABEL, LABEL, label, labelled, needs_label, text_frame
from campaigns.compliance.mail_parts import (
    OPT_OUT_ENGLISH,
    OPT_OUT_KOREAN,
    footer_html,
    footer_text,
    opt_out_headers,
)
from campaigns.compliance.senders import sender_checks, sender_reason
from campaigns.compliance.wording import lint, promotional_words

__all__ = [
    "FALSE_LABEL", "LABEL", "OPT_OUT_ENGLISH", "OPT_OUT_KOREAN", "footer_html", "footer_text", "frame_violation",
    "label", "labelled", "lint", "needs_label", "opt_out_headers", "promotional_words", "sender_checks",
    "sender_reason", "senders", "text_frame", "violation", "window",
]  # fmt: skip
