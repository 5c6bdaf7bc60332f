"""The digest in a checkpoint identifies its data: by the files and settings, and in older runs by all samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli import config, store
from nncli.arrays import Array
from nncli.errors import NncliError
from nncli.runner import Runner
from nncli.store import Run
from nncli.training import prepare, resume
from nncli.training.data_digest import FILES_SIZE, SAMPLES_SIZE, digest_of_samples
from nncli.training.samples import DIGEST, PreparedSamples
from tests.cli.program import invoke

SPEC = """\
data: {type: csv, path: t.csv, target: y, split: {validation: 0.2}, missing: mean}
layers: [{type: dense, units: 2, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 2}
"""
SEPARATE = "data={type: csv, path: t.csv, target: y, missing: mean, split: null, validation: {path: v.csv}}"
SETTINGS = [
    "seed=1",
    "precision=float64",
    "precision=book",
    "data.split.validation=0.3",
    "data.split=null",
    "data.target=b",
    "data.ignore=[b]",
    "data.categories=[b]",
    "data.missing=drop",
    "data.missing_values=[2.5]",
    "data.unseen=zeros",
    "data.scale=minmax",
    "data.scale_target=none",
    "data.thousands=','",
    "data.separator=';'",
    SEPARATE,
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("t.csv")
    write("v.csv", every=3)
    Path("t.yaml").write_text(SPEC)


def write(name: str, *, every: int = 1, last: str = "7") -> None:
    lines = [f"{i / 8},{i % 4},{'' if i == 9 else i},{i % 7}" for i in range(0, 40, every)]
    Path(name).write_text("\n".join(["a,b,c,y", *lines, f"1,2,3,{last}"]) + "\n")


def samples_of(*changes: str) -> PreparedSamples:
    return prepare(config.load(Path("t.yaml"), changes).resolved)[0].samples


def digest_of(*changes: str) -> bytes:
    return samples_of(*changes).arrays()[DIGEST].tobytes()


def old_digest(samples: PreparedSamples) -> Array:
    """Return the digest that version 0.1.0 wrote for data of any kind."""
    parts = [samples.training, *([samples.validation] if samples.validation else [])]
    return np.frombuffer(digest_of_samples(array for part in parts for array in part), np.uint8)


def test_settings_of_the_data_change_the_digest() -> None:
    digests = [digest_of(), *(digest_of(change) for change in SETTINGS if "separator" not in change)]
    Path("t.csv").write_text(Path("t.csv").read_text().replace(",", ";"))
    digests.append(digest_of("data.separator=';'"))
    assert len(set(digests)) == len(digests)
    assert {len(digest) for digest in digests} == {FILES_SIZE}


def test_settings_of_the_training_keep_the_digest() -> None:
    changes = ["train.epochs=9", "optimizer=sgd", "layers.0.units=5", "train.batch_size=7", "metrics=[mae]"]
    assert {digest_of(change) for change in changes} == {digest_of()}


def test_moved_files_keep_the_digest() -> None:
    digests = digest_of(), digest_of(SEPARATE)
    for name in ("t.csv", "v.csv"):
        Path(name).rename(f"moved {name}")
    moved = SEPARATE.replace("t.csv", "moved t.csv").replace("v.csv", "moved v.csv")
    assert (digest_of("data.path=moved t.csv"), digest_of(moved)) == digests


def test_values_in_any_file_change_the_digest() -> None:
    digests = {digest_of(), digest_of(SEPARATE)}
    write("v.csv", every=3, last="8")
    digests.add(digest_of(SEPARATE))
    write("t.csv", last="8")
    assert len(digests | {digest_of(), digest_of(SEPARATE)}) == 5


def test_drawn_data_are_identified_by_their_samples() -> None:
    drawn = samples_of("data={type: sine, samples: 20}")
    digest = drawn.arrays()[DIGEST]
    assert (digest.tobytes(), len(digest)) == (old_digest(drawn).tobytes(), SAMPLES_SIZE)


def train(*changes: str) -> Run:
    return Runner(["test"]).train(config.load(Path("t.yaml"), changes).resolved, Path("runs")).run


def older_run(*changes: str) -> Run:
    """Return a run as version 0.1.0 wrote it."""
    run = train(*changes)
    arrays = run.checkpoint("last") | {DIGEST: old_digest(samples_of(*changes))}
    store.save_arrays(run.path / "checkpoints" / "last.npz", arrays)
    return run


@pytest.mark.parametrize("changes", [(), (SEPARATE,)], ids=["split", "separate"])
def test_a_run_of_an_older_version_is_resumed_and_repeated(changes: tuple[str, ...]) -> None:
    run = older_run(*changes)
    assert invoke("eval", run.path).code == 0
    repeated = invoke("repeat", run.path, "-q")
    assert (repeated.code, repeated.err) == (0, "")
    done = invoke("resume", run.path, "train.epochs=4", "-q")
    assert (done.code, done.err) == (0, "")
    assert len(run.checkpoint("last")[DIGEST]) == FILES_SIZE
    straight = train(*changes, "train.epochs=4")
    first, second = (each.checkpoint("last") for each in (run, straight))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }


@pytest.mark.parametrize("changed", ["t.csv", "v.csv"])
def test_a_run_of_an_older_version_is_not_resumed_on_changed_data(changed: str) -> None:
    arrays = older_run(SEPARATE).checkpoint("last")
    write(changed, every=3 if changed == "v.csv" else 1, last="8")
    with pytest.raises(NncliError, match="the data of its experiment have changed"):
        resume(config.load(Path("t.yaml"), [SEPARATE]).resolved, arrays, "last.npz")
