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


class WordingRefused(BusinessError):
    """A consent wording cannot be published as it stands."""

    code = "wording_refused"


class ReasonMissing(BusinessError):
    """Somebody wants to see personal data unmasked without saying why."""

    code = "reason_missing"


class ErasureRefused(BusinessError):
    """A person's data cannot be erased as things stand."""

    code = "erasure_refused"


class ExportRefused(BusinessError):
    """Personal data may not leave as it was asked for."""

    code = "export_refused"


class RequestRefused(BusinessError):
    """A request of a person cannot be opened or answered like that."""

    code = "request_refused"


class IncidentRefused(BusinessError):
    """An incident cannot be changed, handed over or closed as it stands."""

    code = "incident_refused"


class UsageNoticeRefused(BusinessError):
    """A yearly notice of use cannot be changed or handed over as it stands."""

    code = "usage_notice_refused"


class MergeRefused(BusinessError):
    """Two customers cannot be merged, or a merge cannot be undone."""

    code = "merge_refused"


class DeliveryRefused(BusinessError):
    """A platform's call cannot be understood or stored as it is."""

    code = "delivery_refused"


class ImportRefused(BusinessError):
    """An import cannot do now what somebody asked of it."""

    code = "import_refused"


class NoteRefused(BusinessError):
    """A note about a customer cannot be kept as it is."""

    code = "note_refused"


class NothingToEvaluate(BusinessError):
    """Recommendations cannot be held against purchases that nobody made."""

    code = "nothing_to_evaluate"


class SurveyRefused(BusinessError):
    """A survey cannot be opened or changed as it stands."""

    code = "survey_refused"


class CaseRefused(BusinessError):
    """A case cannot be opened, noted or closed like that."""

    code = "case_refused"
