"""Benchmarks: all contestants train the same nets, ratios are right, and the page shows the saved results."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import command, engine, page, speed, worker
from benchmarks.contestants import load
from benchmarks.nets import NETS, problem_of, read, save
from benchmarks.rounds import Times

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
BOOK = "the book's loop"
HERE = ["nncli float32", "nncli float64", "nncli book", "the book's loop", "scikit-learn"]
RESULT = {
    "rounds": 2,
    "missing": {"PyTorch": "torch"},
    "nets": {
        "spiral": {
            "nncli float32": {"microseconds": [100.0, 110.0], "ratio": 1.0, "loss": 0.5, "agrees": True},
            "nncli book": {
                "microseconds": [200.0, 230.0],
                "ratio": 2.0,
                "loss": 0.5,
                "agrees": True,
                "of the book's loop": 2.25,
            },
            "the book's loop": {"microseconds": [450.0, 440.0], "ratio": 4.1, "loss": 0.7, "agrees": False},
            "scikit-learn": {"microseconds": [450.0, 440.0], "ratio": 4.1, "loss": 0.7, "agrees": None},
        }
    },
    "machine": {"processor": "abacus"},
}


def test_readme_shows_the_saved_times():
    """The seconds of the whole command on the network of its first experiment, the fastest program first."""
    saved = json.loads((ROOT / "benchmarks" / "command.json").read_text())["nets"]["sine-64-64"]
    names = {
        "nncli": "nncli float32",
        "JAX, whole training compiled": "JAX, one scan",
        "JAX, one call per epoch": "JAX, a call an epoch",
        "scikit-learn": "scikit-learn",
        "PyTorch": "PyTorch",
        "Keras on JAX": "Keras on JAX",
        "the book's own loop": BOOK,
    }
    seconds = {row: statistics.median(saved[name]["seconds"]) for row, name in names.items()}
    rows = [f"| {name} | {median:.1f} s |" for name, median in sorted(seconds.items(), key=lambda row: row[1])]
    text = (ROOT / "README.md").read_text()
    assert "\n".join(["| program | time |", "|---|---|", *rows, ""]) in text
    assert "for 10,001 epochs on one core" in text


@pytest.mark.parametrize("name", NETS)
def test_problem_has_the_shapes_of_its_net(name: str, tmp_path: Path) -> None:
    net = NETS[name]
    problem = problem_of(net, tmp_path)
    inputs = [problem.x.shape[1], *net.units[:-1]]
    assert [weights.shape for weights, _ in problem.layers] == list(zip(inputs, net.units, strict=True))
    assert all(weights.any() for weights, _ in problem.layers)
    sizes = [len(problem.x[piece]) for piece in problem.pieces()]
    assert sum(sizes) == len(problem.x)
    assert set(sizes) == {net.batch_size or len(problem.x)}, "JAX scans over batches of one size"


def test_saved_problem_is_read_back_exactly(tmp_path: Path) -> None:
    problem = problem_of(NETS["spiral"], tmp_path)
    save(problem)
    loaded = read(NETS["spiral"], tmp_path)
    assert (loaded.x == problem.x).all()
    assert (loaded.t == problem.t).all()
    for ours, theirs in zip(problem.layers, loaded.layers, strict=True):
        assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))


def test_other_contestants_do_not_import_nncli() -> None:
    """Otherwise the start of nncli would count in their times."""
    code = "import sys, benchmarks.nets, benchmarks.worker, benchmarks.contestants.scikit_learn; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "sklearn" in modules.split()
    assert "nncli" not in modules.split()


def test_contestants_reach_the_same_loss(tmp_path: Path) -> None:
    problem = problem_of(NETS["sine-64"], tmp_path)
    losses = []
    for name in HERE:
        module, variant = load(name)
        seconds, loss = module.prepare(problem, variant)(5)
        assert seconds > 0
        losses.append(loss)
    assert losses == pytest.approx([losses[0]] * len(HERE), rel=1e-4)


def test_worker_reports_a_missing_package(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "benchmarks.contestants.pytorch", raising=False)
    monkeypatch.setattr(worker, "pin", lambda: None)
    worker.main("PyTorch", "tiny", ".")
    assert json.loads(capsys.readouterr().out) == {"missing": "torch"}


def test_ratio_is_the_median_of_ratios_within_rounds() -> None:
    """A round in which all contestants are slow counts no more than others."""
    ours, theirs = Times([1.0, 10.0, 2.0]), Times([2.0, 50.0, 6.0])
    assert theirs.ratio_to(ours) == 3.0
    assert ours.median == 2.0


def test_agrees_compares_losses_unless_l2_is_missing() -> None:
    assert speed.agrees("PyTorch", "spiral", 0.5, 0.501)
    assert speed.agrees("PyTorch", "spiral", 0.5, 0.51) is False
    assert speed.agrees("scikit-learn", "spiral", 0.5, 0.6) is None
    assert speed.agrees("scikit-learn", "tiny", 0.5, 0.6) is False


def test_tables_show_times_ratios_and_targets() -> None:
    assert speed.table(RESULT) == [
        "| | spiral |",
        "|---|---|",
        "| nncli float32 | 105 (100 to 110); **1.00** |",
        "| nncli book | 215 (200 to 230); **2.00** |",
        "| the book's loop | 445 (440 to 450); **4.10** (misses 4.2) **another loss** |",
        "| scikit-learn | 445 (440 to 450); **4.10** (meets 3.9) without L2 |",
        "| **the book's loop over nncli book** | **2.25** (meets 2.2) |",
    ]
    result = {"nets": {"spiral": {"nncli float32": {"seconds": [2.0], "ratio": 1.0}}}, "rounds": 1, "epochs": 7}
    assert command.table(result)[-1] == "| nncli float32 | 2.0 s; **1.00** |"


def test_engine_table_shows_the_cost_without_each_pass() -> None:
    before = {"low": 0.99, "median": 1.026, "high": 1.1}
    passes = {"merge": {"low": 0.9, "median": 0.997, "high": 1.0}, "share": {"low": 1.1, "median": 1.17, "high": 1.2}}
    with_before = {"before": "abc1234", "nets": {"tiny book": {"before": before, **passes}}}
    assert engine.table(with_before) == [
        "| | abc1234 / now | without merge | without share |",
        "|---|---|---|---|",
        "| tiny book | 1.03 (0.99 to 1.10) | +0 % | +17 % |",
    ]
    assert engine.table({"before": None, "nets": {"tiny book": passes}})[0] == "| | without merge | without share |"


def test_page_names_the_machine_and_missing_packages() -> None:
    text = page.page({"speed": RESULT})
    assert "Skipped because not installed: PyTorch." in text
    assert "- speed: processor abacus" in text


def test_page_shows_the_saved_results() -> None:
    paths = [ROOT / "benchmarks" / f"{name}.json" for name in page.BENCHMARKS]
    results = {path.stem: json.loads(path.read_text()) for path in paths if path.exists()}
    assert (ROOT / "docs" / "benchmarks.md").read_text() == page.page(results)
    assert set(results["speed"]["nets"]) == set(NETS)
    verdicts = {each["agrees"] for net in results["speed"]["nets"].values() for each in net.values()}
    assert verdicts <= {True, None}
