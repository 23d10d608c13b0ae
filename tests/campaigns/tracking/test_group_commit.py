"""Wishes that come together are written together, and answered afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from campaigns.tracking import group_commit
from campaigns.tracking.group_commit import GroupCommit, NotWrittenError, OverloadedError


class Book:
    """What is written, group by group; the writing can be held up."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = 0
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def write(self, wishes: Sequence[int]) -> Sequence[str | Exception]:
        self.begun += 1
        await self.may_write.wait()
        self.groups.append(list(wishes))
        if 13 in wishes and 666 in wishes:
            raise ConnectionError("gone")
        return [ValueError("unlucky") if wish == 13 else f"written {wish}" for wish in wishes]


Story = Callable[[GroupCommit[int, str], Book], Awaitable[None]]


def run(story: Story) -> Book:
    """Tell a story that begins with nothing written, and write all that is left in the end."""
    book = Book()

    async def told() -> None:
        commits: GroupCommit[int, str] = GroupCommit(book.write)
        await story(commits, book)
        await commits.drain()

    asyncio.run(told())
    return book


def test_what_comes_together_is_written_together() -> None:
    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        assert await asyncio.gather(*[commits.written(number) for number in range(3)]) == [
            "written 0",
            "written 1",
            "written 2",
        ]

    assert run(story).groups == [[0, 1, 2]]


def test_what_cannot_be_written_spoils_none_of_the_others() -> None:
    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        good, bad = commits.written(1), commits.written(13)
        assert await good == "written 1"
        with pytest.raises(NotWrittenError) as refused:
            await bad
        assert str(refused.value.__cause__) == "unlucky"

    run(story)


def test_where_nothing_can_be_written_everybody_is_told_and_the_next_may_try() -> None:
    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        for each in (commits.written(13), commits.written(666)):
            with pytest.raises(NotWrittenError):
                await each
        assert await commits.written(1) == "written 1"

    run(story)


def test_whoever_comes_when_too_many_wait_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_WAITING", 2)

    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        taken = [commits.written(1), commits.written(2)]
        with pytest.raises(OverloadedError):
            commits.written(3)
        assert await asyncio.gather(*taken) == ["written 1", "written 2"]

    assert run(story).groups == [[1, 2]]


def test_while_the_writers_are_busy_a_larger_group_gathers() -> None:
    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        book.may_write.clear()
        early = []
        for number in range(group_commit.WRITERS):
            early.append(commits.written(number))
            await asyncio.sleep(0.05)
        late = [commits.written(number) for number in range(20, 25)]
        await asyncio.sleep(0.05)
        book.may_write.set()
        await asyncio.gather(*early, *late)

    assert sorted(run(story).groups) == [[0], [1], [20, 21, 22, 23, 24]]


def test_more_than_one_writer_takes_at_once_is_begun_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_AT_ONCE", 2)

    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        book.may_write.clear()
        wishes = [commits.written(number) for number in range(5)]
        await asyncio.sleep(0.05)
        assert book.begun == 2
        book.may_write.set()
        await asyncio.gather(*wishes)

    assert run(story).groups == [[0, 1], [2, 3], [4]]


def test_at_the_end_all_that_was_taken_is_written() -> None:
    async def story(commits: GroupCommit[int, str], book: Book) -> None:
        for number in range(5):
            commits.written(number)

    assert run(story).groups == [[0, 1, 2, 3, 4]]
