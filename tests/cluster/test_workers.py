"""Which worker gets a training."""

from __future__ import annotations

from nncli.cluster.members import Member
from nncli.cluster.orders import Description
from nncli.cluster.workers import Workers


def member(address: str, threads: int = 1, host: str = "a") -> Member:
    return Member(address, threads, Description(host, {}, shared=True, missing=()))


def workers(*members: Member, limit: int | None = None) -> Workers:
    usable = Workers(limit)
    usable.members = {each.address: each for each in members}
    return usable


def chosen(usable: Workers, *busy: str, host: str = "") -> str | None:
    member = usable.choose(busy, host)
    return member and member.address


def test_worker_with_most_room_is_chosen() -> None:
    usable = workers(member("one", 1), member("two", 4))
    assert chosen(usable) == "two"
    assert chosen(usable, "two", "two", "two", "one") == "two"
    assert chosen(usable, *["two"] * 4) == "one"
    assert chosen(usable, *["two"] * 4, "one") is None


def test_host_of_the_last_attempt_is_preferred() -> None:
    usable = workers(member("one", 4), member("two", 1, host="b"))
    assert chosen(usable, host="b") == "two"
    assert chosen(usable, "two", host="b") == "one"


def test_limit_is_for_all_workers_together() -> None:
    assert workers(member("one", 2), member("two", 3)).capacity == 5
    assert workers(member("one", 2), member("two", 3), limit=4).capacity == 4
    assert workers(limit=4).capacity == 0


def test_worker_with_a_full_disk_is_set_aside_while_others_are_left() -> None:
    usable = workers(member("one", 4), member("two", 1))
    assert usable.set_aside("one")
    assert chosen(usable) == "two"
    assert not usable.set_aside("two")
    assert chosen(usable) is None
