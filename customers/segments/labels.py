"""The labels of values that stand for rows, such as the names of segments: read one by one, or for a whole page."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

# The labels of values, by value.
Labels = Callable[[list[Any]], dict[Any, str]]
_READ: ContextVar[Mapping[Labels, Mapping[Any, str]]] = ContextVar("labels read", default=MappingProxyType({}))


def labels_of(labels: Labels, values: list[Any]) -> Mapping[Any, str]:
    """Return the labels of these values, and perhaps others: those that were read already, else by a query."""
    read = _READ.get().get(labels)
    return labels(values) if read is None else read


@contextmanager
def labels_at_once(asked: Iterable[tuple[Labels, Iterable[Any]]]) -> Iterator[None]:
    """Read the labels of all these values in one query for each kind; words said within ask no more."""
    wanted: dict[Labels, set[Any]] = {}
    for labels, values in asked:
        wanted.setdefault(labels, set()).update(values)
    before = _READ.set({labels: labels(list(values)) for labels, values in wanted.items()})
    try:
        yield
    finally:
        _READ.reset(before)
