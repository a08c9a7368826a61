"""Mistakes in documents, requests and cases are exceptions that say where and what they are."""


class PolicyError(ValueError):
    """A policy document that IAM would not save, or one in a layer where it cannot stand."""

    def __init__(
        self, pointer: str, message: str, help_text: str, code: str = "refused-document"
    ) -> None:
        super().__init__(pointer, message, help_text, code)
        self.pointer = pointer
        """JSON pointer (RFC 6901) into the document; empty for the document itself."""
        self.message = message
        """What is wrong, lower case."""
        self.help = help_text
        """What to write instead."""
        self.code = code
        """Name of the rule, as findings have it."""

    def __str__(self) -> str:
        place = f"at `{self.pointer}`: " if self.pointer else ""
        return f"policy document: {place}{self.message}; {self.help}"


class RequestError(ValueError):
    """An authorization request whose principal or action cannot be read."""


class CaseError(ValueError):
    """A case object that does not follow the schema of the decision cases."""
