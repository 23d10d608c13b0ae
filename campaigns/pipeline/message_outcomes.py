"""How each outcome of a message looks: its tone and icon."""

from campaigns.models import Message

OUTCOME_TONES = {
    Message.Status.PLANNED: ("wait", "clock"),
    Message.Status.CLAIMED: ("busy", "hourglass"),
    Message.Status.SENDING: ("busy", "hourglass"),
    Message.Status.SENT: ("good", "check"),
    Message.Status.SKIPPED: ("quiet", "minus"),
    Message.Status.STOPPED: ("quiet", "octagon-x"),
    Message.Status.FAILED: ("bad", "x"),
    Message.Status.UNKNOWN: ("wait", "circle-question-mark"),
}
