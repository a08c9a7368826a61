"""A small model of providers, functions, versions and aliases, plain enough to be read as right.

It knows names and what hangs on what, nothing of time: states that only time changes are told to it
by whoever lets time pass. Every act answers a code: empty when it succeeds.
"""

from dataclasses import dataclass, field

OK = ""
MISSING = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"
INVALID = "InvalidParameterValueException"
DRAFT, HEAD = "$LATEST", "$LATEST.PUBLISHED"


@dataclass
class ReferenceFunction:
    """A function: which text each version has, and what aliases name."""

    provider: str
    text: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    """Text of every version by qualifier, while it exists."""
    deleting: set[str] = field(default_factory=set)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    is_deleting: bool = False

    def refusal(self, targets: list[str]) -> str:
        """Why an alias cannot name these versions: that of the first that it cannot."""
        codes = (
            MISSING if target not in self.versions else CONFLICT if target in self.deleting else OK
            for target in targets
        )
        return next((code for code in codes if code != OK), OK)

    def newest(self) -> str | None:
        """The highest number that exists."""
        return max((v for v in self.versions if v != HEAD), key=int, default=None)


@dataclass
class Reference:
    """The whole account."""

    providers: dict[str, str] = field(default_factory=dict)
    """State by name."""
    functions: dict[str, ReferenceFunction] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """How many numbers each function's name has used up."""

    def let_time_pass(self) -> None:
        """Everything that was under way has ended."""
        self.providers = {n: "Active" for n, state in self.providers.items() if state != "Deleting"}
        for name, function in list(self.functions.items()):
            for version in function.deleting:
                del function.versions[version]
            function.deleting = set()
            if function.is_deleting:
                del self.functions[name]

    def create_provider(self, name: str) -> str:
        """A name is taken until its provider is gone."""
        if name in self.providers:
            return CONFLICT
        self.providers[name] = "Pending"
        return OK

    def delete_provider(self, name: str) -> str:
        """Only without functions, and only once."""
        if name not in self.providers:
            return MISSING
        is_used = any(f.provider == name for f in self.functions.values())
        if is_used or self.providers[name] == "Deleting":
            return CONFLICT
        self.providers[name] = "Deleting"
        return OK

    def create_function(self, name: str, provider: str) -> str:
        """Needs its provider, and a free name."""
        if provider not in self.providers:
            return MISSING
        if name in self.functions or self.providers[provider] == "Deleting":
            return CONFLICT
        self.functions[name] = ReferenceFunction(provider)
        return OK

    def describe(self, name: str, text: str) -> str:
        """Change the draft."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        if function.is_deleting:
            return CONFLICT
        function.text = text
        return OK

    def publish(self, name: str) -> str:
        """A new number, unless the newest one says the same."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        if function.is_deleting:
            return CONFLICT
        last = str(self.numbers.get(name, 0))
        newest = function.newest()
        is_there = newest == last and newest not in function.deleting
        if newest is not None and is_there and function.versions[newest] == function.text:
            return OK
        self.numbers[name] = self.numbers.get(name, 0) + 1
        function.versions[str(self.numbers[name])] = function.text
        return OK

    def delete_version(self, name: str, number: str) -> str:
        """Not while an alias names it, and only once."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        if function.is_deleting:
            return CONFLICT
        if number not in function.versions:
            return MISSING
        is_named = any(number in targets for targets in function.aliases.values())
        if number in function.deleting or is_named:
            return CONFLICT
        function.deleting.add(number)
        return OK

    def delete_function(self, name: str) -> str:
        """With all its versions, and only once."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        if function.is_deleting:
            return CONFLICT
        function.is_deleting = True
        function.deleting = set(function.versions)
        if not function.versions:
            del self.functions[name]
        return OK

    def put_alias(self, name: str, alias: str, targets: list[str], *, is_new: bool) -> str:
        """Create or update: the versions have to be there, and different."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        if is_new is (alias in function.aliases):
            return CONFLICT if is_new else MISSING
        if function.is_deleting:
            return CONFLICT
        code = INVALID if len(set(targets)) < len(targets) else function.refusal(targets)
        if code == OK:
            function.aliases[alias] = targets
        return code

    def delete_alias(self, name: str, alias: str) -> str:
        """One that is not there is no mistake."""
        function = self.functions.get(name)
        if function is None:
            return MISSING
        function.aliases.pop(alias, None)
        return OK
