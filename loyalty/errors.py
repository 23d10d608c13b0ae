"""What the app of loyalty refuses, in sentences that staff and tills can act on."""

from crm_project.errors import BusinessError


class LedgerRefused(BusinessError):
    """Points cannot be booked as asked; nothing was. `code` tells tills which rule it was."""

    code = "LEDGER_REFUSED"
