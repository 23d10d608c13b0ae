"""Refusals: what the system says when it will not do what it was asked."""


class BusinessError(Exception):
    """A refusal whose message staff may read: what is wrong, where, and how to mend it.

    `code` is stable and machine-readable; the API returns it next to the message.
    """

    code = "refused"

    def __init__(self, message: object, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)
