"""Connect to the scheduler of a cluster, or start a cluster on this machine."""

from __future__ import annotations

import logging
import re
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from nncli.cluster.client import Client
from nncli.errors import NncliError, UsageError

LOCAL = "local"
ADDRESS = re.compile(r"[a-z]+://.+")
TLS_HINT = "set the certificates in Dask's configuration, distributed.comm.tls"
CONNECT_SECONDS = 15.0
CLOSE_SECONDS = 5.0


def check_address(address: str) -> None:
    """Raise UsageError if this is no address of a scheduler, NncliError if Dask is not installed."""
    if address != LOCAL and not ADDRESS.fullmatch(address):
        hint = "use local, or the address that dask scheduler prints, such as tcp://host:8786"
        raise UsageError("is not the address of a scheduler", place=f"--cluster {address}", hint=hint)
    try:
        _import_distributed()
    except ImportError:
        raise NncliError("--cluster needs dask.distributed", hint="pip install 'nnfs-cli[cluster]'") from None


@contextmanager
def connect(address: str, workers: int) -> Iterator[Client]:
    """Connect to a scheduler while the context is active; for `local`, start one with this number of workers.

    Raises NncliError if that fails.
    """
    distributed = _import_distributed()
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about other versions of other packages on workers
        if address == LOCAL:
            cluster = stack.enter_context(_local_cluster(distributed, workers))
        try:
            client = distributed.Client(
                cluster if address == LOCAL else address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except Exception as error:  # Dask raises many kinds, for TLS alone several
            reason = str(error) or type(error).__name__
            hint = TLS_HINT if address.startswith("tls:") else "start one with dask scheduler, or try --cluster local"
            raise NncliError(f"cannot reach the scheduler: {reason}", place=address, hint=hint) from error
        stack.callback(_close, client)
        yield Client(client)


@contextmanager
def _local_cluster(distributed: Any, workers: int) -> Iterator[Any]:
    """Start a cluster whose processes ignore Ctrl-C, as the sweep itself ends their trainings."""
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=None,  # trainings have processes of their own, which it would not count
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    except Exception as error:
        raise NncliError(f"cannot be started: {error}", place="--cluster local") from error
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    try:
        yield cluster
    finally:
        with suppress(Exception):
            cluster.close(timeout=CLOSE_SECONDS)


def _close(client: Any) -> None:
    with suppress(Exception):  # of a scheduler that was lost
        client.close(timeout=CLOSE_SECONDS)


def _import_distributed() -> Any:
    """Import Dask without its log messages, which are for its developers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import distributed

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        for name in list(logging.root.manager.loggerDict):
            if name.startswith(("distributed", "tornado", "asyncio")):
                logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
