"""Why a rule or a refresh was refused, in words a marketer can act on."""

from django.utils.translation import gettext_lazy as _

from crm_project.errors import BusinessError


class UnfitValueError(BusinessError):
    """A part of a condition is of the wrong kind or out of range."""

    code = "unfit_value"


class RuleError(BusinessError):
    """A rule cannot be used.

    `path` says where: "group 1 › condition 2", empty for the rule as a whole; `numbers` is the same for machines.
    """

    code = "bad_rule"

    def __init__(self, path: str, reason: object, *, numbers: tuple[int, ...] = ()) -> None:
        super().__init__(f"{path}: {reason}" if path else str(reason))
        self.path = path
        self.numbers = numbers
        self.reason = str(reason)


class RefreshError(BusinessError):
    """Some segments could not be refreshed; each keeps its last good members and says why."""

    code = "refresh_failed"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            _("These segments could not be refreshed: %(names)s. Their pages say why.") % {"names": ", ".join(names)}
        )


class PreviewTooSlowError(BusinessError):
    """A live count took too long and was given up."""

    code = "preview_too_slow"

    def __init__(self) -> None:
        super().__init__(
            _("Counting takes too long to do while you type. Save the segment; the refresh will count it.")
        )


class ListRefused(BusinessError):
    """An uploaded list names nobody."""

    code = "list_refused"
