"""What the app of customers refuses, in sentences that staff can act on."""

from crm_project.errors import BusinessError


class FileRefused(BusinessError):
    """A whole file cannot be read: nothing of it was stored."""

    code = "file_refused"


class BadValue(BusinessError):
    """A value cannot be understood."""

    code = "bad_value"


class ConsentRefused(BusinessError):
    """A consent cannot be recorded as it was said."""

    code = "consent_refused"


class ReasonMissing(BusinessError):
    """Somebody wants to see personal data unmasked without saying why."""

    code = "reason_missing"
