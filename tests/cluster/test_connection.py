"""The address of a scheduler, and schedulers that cannot be reached."""

from __future__ import annotations

import sys

import pytest

from nncli.cluster import cluster, connection
from nncli.cluster.cluster import Cluster
from nncli.cluster.connection import check_address, connect
from nncli.cluster.members import Questions
from nncli.cluster.orders import Probe
from nncli.errors import NncliError, UsageError
from tests.cli.program import invoke
from tests.cluster.fake_client import FakeClient, worker


@pytest.mark.parametrize("address", ["", "host:8786", "remote", "tcp://"])
def test_other_texts_are_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a scheduler"):
        check_address(address)


@pytest.mark.parametrize("address", ["local", "tcp://host:8786", "tls://10.0.0.1:8786"])
def test_address_of_a_scheduler(address: str) -> None:
    check_address(address)


def test_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NncliError) as caught:
        check_address("local")
    assert caught.value.lines() == ["error: --cluster needs dask.distributed", "hint: pip install 'nnfs-cli[cluster]'"]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tls://127.0.0.1:1", "unheard://of"])
def test_scheduler_that_cannot_be_reached(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.2)
    with pytest.raises(NncliError, match="cannot reach the scheduler") as caught, connect(address, 1):
        pass
    assert (caught.value.place, len(caught.value.lines())) == (address, 2)


def test_sending_data_needs_a_cluster() -> None:
    done = invoke("sweep", "configs/sine.yaml", "init.scale=0.1,0.2", "--send-data")
    assert (done.code, done.err) == (2, "error: --send-data needs --cluster\n")


def first_members(client: FakeClient) -> list[str]:
    questions = Questions(client, Probe(), send_data=False)  # type: ignore[arg-type]
    return [member.address for member in Cluster("tcp://host:8786")._first_members(questions)]


def test_sweep_begins_with_the_workers_that_can_be_used() -> None:
    assert first_members(FakeClient(one=worker(), two=worker(nncli="0.0.1"))) == ["one"]


def test_sweep_does_not_begin_if_no_worker_can_be_used() -> None:
    with pytest.raises(NncliError) as caught:
        first_members(FakeClient(one=worker("node7", nncli="0.0.1"), two=KeyError("a bug")))
    first, hint = caught.value.lines()
    assert first.startswith(
        "--cluster tcp://host:8786: no worker can be used: one: node7 has nncli 0.0.1, this machine "
    )
    assert first.endswith("two: has another version of nncli: 'a bug'")
    assert hint == "hint: install the same versions on all machines"


def test_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "START_SECONDS", 0.1)
    with pytest.raises(NncliError, match="has no workers") as caught:
        first_members(FakeClient())
    assert caught.value.hint == "start some: dask worker tcp://host:8786"
