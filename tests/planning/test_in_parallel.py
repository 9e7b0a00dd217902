"""Several requests at a time: in which order results come, and what an error or Ctrl-C leaves undone."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from badgeops.errors import NotFoundError, ServerFaultError
from badgeops.planning.in_parallel import each


def heard() -> tuple[list[tuple[str, int, int | None]], Any]:
    """Return a list, and what writes into it what is told."""
    lines: list[tuple[str, int, int | None]] = []
    return lines, lambda what, done, total: lines.append((what, done, total))


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_each_keeps_the_order(count: int) -> None:
    """Results come with their items in the order of the items, whoever finished first."""
    assert each(lambda item: item * 2, range(count), 4) == [(item, item * 2) for item in range(count)]


def test_each_works_side_by_side_and_not_more() -> None:
    """As many at once as allowed: eight requests in flight, not eight hundred."""
    running, most = 0, 0
    lock, full = threading.Lock(), threading.Barrier(4)

    def work(_item: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(10)
        with lock:
            running -= 1

    each(work, range(12), 4)

    assert most == 4


@pytest.mark.parametrize("count", [1, 30])
def test_the_first_error_ends_it(count: int) -> None:
    """An error is raised as it is, and what has not begun is not begun."""
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        raise NotFoundError("gone")

    with pytest.raises(NotFoundError):
        each(work, range(count), 2)
    assert len(begun) <= count


def test_a_single_item_is_asked_about_at_once() -> None:
    """By whoever asks, without a thread and without a word; two are shared out."""
    lines, tell = heard()
    names = lambda _: threading.current_thread().name  # noqa: E731

    assert each(names, [], 8, tell) == []
    assert each(names, ["a"], 8, tell) == [("a", threading.current_thread().name)]
    assert lines == []
    assert each(names, ["a", "b"], 8, tell) == [("a", "refresh"), ("b", "refresh")]
    assert lines == [("", 0, 2), ("", 1, 2)]


@pytest.mark.parametrize(("parallelism", "threads"), [(1, 1), (3, 3), (8, 5)])
def test_so_many_work_at_a_time(parallelism: int, threads: int) -> None:
    """As many as were asked for, and no more than there is work for; in the order of the items."""
    together, lock, begun = threading.Barrier(threads, timeout=10), threading.Lock(), list[str]()

    def work(item: str) -> tuple[str, bool]:
        with lock:
            begun.append(item)
            is_first = len(begun) <= threads
        if is_first:
            together.wait()
        return item.upper(), threading.current_thread().daemon

    assert each(work, list("abcde"), parallelism) == [(item, (item.upper(), True)) for item in "abcde"]
    assert sorted(begun) == list("abcde")
    if parallelism == 1:
        assert begun == list("abcde")


def test_an_error_lets_nothing_new_begin() -> None:
    """What has begun is waited for, and what has not is not begun."""
    gate, ended, begun = threading.Event(), list[str](), list[str]()

    def work(item: str) -> None:
        begun.append(item)
        if item == "a":
            while len(begun) < 2:
                time.sleep(0.001)
            threading.Timer(0.2, gate.set).start()
            raise ServerFaultError("no", status=500)
        gate.wait(10)
        ended.append(item)

    with pytest.raises(ServerFaultError):
        each(work, list("abcdefgh"), 2)

    assert ended == ["b"]
    assert begun == ["a", "b"]


def test_whoever_is_interrupted_leaves_nothing_to_begin() -> None:
    """Ctrl-C comes while it is waited for: the threads end with what they are at."""
    gate, begun = threading.Event(), list[str]()

    def work(item: str) -> None:
        begun.append(item)
        gate.wait(10)

    def interrupt(*_: object) -> None:
        while len(begun) < 2:
            time.sleep(0.001)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each(work, list("abcdefgh"), 2, interrupt)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "refresh":
            thread.join(10)

    assert sorted(begun) == ["a", "b"]


def begin_few(monkeypatch: pytest.MonkeyPatch, allowed: int) -> list[threading.Thread]:
    """Let the operating system give so many threads and no more; return those that were asked for."""
    start, tried = threading.Thread.start, list[threading.Thread]()

    def start_few(thread: threading.Thread) -> None:
        tried.append(thread)
        if len(tried) > allowed:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_few)
    return tried


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_fewer_threads_do_it_as_well(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the operating system gives no more, those that it gave do all, or whoever asks; it is not asked again."""
    tried = begin_few(monkeypatch, allowed)

    def work(item: str) -> tuple[str, bool]:
        return item.upper(), threading.current_thread() in tried[:allowed]

    assert each(work, list("abcde"), 4) == [(item, (item.upper(), allowed > 0)) for item in "abcde"]
    assert len(tried) == allowed + 1


@pytest.mark.parametrize("allowed", [0, 1])
def test_an_error_of_the_few_is_raised_as_it_is(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that were never begun are not waited for."""
    begin_few(monkeypatch, allowed)

    def work(_item: str) -> None:
        raise NotFoundError("gone")

    with pytest.raises(NotFoundError):
        each(work, list("abcde"), 4)
