"""Named things of one kind: conditions, gateways, KPIs."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """A dictionary that refuses a second use of a name and remembers the order of registration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._members: dict[str, T] = {}

    def register(self, name: str, member: T) -> T:
        """Add `member` under `name`.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._members:
            raise ValueError(f"There is already a {self.kind} named {name!r}.")
        self._members[name] = member
        return member

    def get(self, name: str) -> T | None:
        """Return the member, or None where nobody registered that name."""
        return self._members.get(name)

    def __getitem__(self, name: str) -> T:
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[T]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def names(self) -> list[str]:
        """Return the names in the order of registration."""
        return list(self._members)
