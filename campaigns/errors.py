"""Refusals of campaigns, said so that a marketer knows what to do."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from crm_project.errors import BusinessError


class WrongStatus(BusinessError):
    """The campaign is not in a status in which this can be done."""

    code = "wrong_status"

    def __init__(self, status_label: object, *, wanted: object) -> None:
        super().__init__(
            _("The campaign is “%(status)s”; it must be %(wanted)s for this. Reload the page to see where it stands.")
            % {"status": status_label, "wanted": wanted}
        )


class NotReady(BusinessError):
    """Something of the campaign is missing or wrong; `problems` lists what."""

    code = "not_ready"

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(" ".join(self.problems))


class NotAllowed(BusinessError):
    """This person may not do this to this campaign."""

    code = "not_allowed"


class CountDiffers(BusinessError):
    """The number of recipients that was typed is not the number that would be written to."""

    code = "count_differs"


class ContentRefused(BusinessError):
    """A message cannot be made for this customer; `reason` is the skip reason or failure to store."""

    code = "content_refused"

    def __init__(self, reason: str, message: object) -> None:
        super().__init__(message)
        self.reason = reason


class NeverOpen(BusinessError):
    """The hours of a sending account and those of the shop have no moment in common."""

    code = "never_open"

    def __init__(self, account: object) -> None:
        super().__init__(
            _("“%s” takes advertising only at hours at which the shop sends none. Correct the hours of the account.")
            % account
        )


class MailboxUnreadable(BusinessError):
    """The mailbox to which mails come back could not be read."""

    code = "mailbox_unreadable"


class BadPicture(BusinessError):
    """A picture that no phone would show."""

    code = "bad_picture"


class ReasonMissing(BusinessError):
    """An act that has to be explained was not."""

    code = "reason_missing"


class WrongVersionStatus(BusinessError):
    """The version of the automation, or the automation, is not in a status in which this can be done."""

    code = "wrong_version_status"

    def __init__(self, status_label: object, *, wanted: object) -> None:
        super().__init__(
            _("It is “%(status)s”; it must be %(wanted)s for this. Reload the page to see where it stands.")
            % {"status": status_label, "wanted": wanted}
        )


class JourneysHeldUp(BusinessError):
    """Steps of automations could not be taken; whoever stands at them waits until staff mend it."""

    code = "journeys_held_up"

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__(_("Some journeys cannot go on. %(why)s") % {"why": " ".join(self.problems)})


class TooSlow(BusinessError):
    """A question about history took too long and was given up."""

    code = "too_slow"

    def __init__(self) -> None:
        super().__init__(_("There is too much history to ask at once. Choose fewer days, or a narrower trigger."))
