"""Warnings about training rows: missing categories, missing classes and constant columns, checked in plain code."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import nncli
from nncli.cli.app import app
from nncli.errors import NncliError, UsageError

SPEC = """\
data: {type: csv, path: t.csv, target: price, missing: drop, split: {validation: 0.2, test: 0.2}}
layers: [{type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.1}
train: {epochs: 3}
"""
RARE = {"zone": ("agr", "ind"), "roof": ("tar", "tin", "wood")}
SEEDS = range(6)


def table() -> str:
    """Houses: some categories occur once or twice, some rows have a missing value, and a field has a line break."""
    random = np.random.default_rng(3)
    rows = ["area,zone,roof,price,note"]
    for i in range(60):
        zone = RARE["zone"][i // 30] if i % 30 == 7 else "low" if i % 3 else "high"
        roof = RARE["roof"][i // 20] if i % 20 == 11 else "slate"
        area = "" if i % 13 == 5 else f"{50 + random.integers(100)}"
        note = '"two\nlines"' if i == 2 else "x"
        rows.append(f"{area},{zone},{roof},{1000 + 7 * i},{note}")
    return "\n".join(rows) + "\n"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(table())
    Path("t.yaml").write_text(SPEC.replace("missing:", "ignore: [note], missing:"))
    return tmp_path


def rows_of_file() -> list[dict[str, str]]:
    """Return all rows of the table, including those with a missing value."""
    with Path("t.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command, without the path of the folder."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    folder = f"{Path.cwd()}/"
    return done.exit_code, done.stdout.replace(folder, ""), done.stderr.replace(folder, "")


def missing_categories(training: list[dict[str, str]], kept_rows: list[dict[str, str]]) -> list[str]:
    """Return the categories that occur in the kept rows but not in the training rows."""
    return [
        f"{name}={category}"
        for name in ("zone", "roof")
        for category in sorted({row[name] for row in kept_rows})
        if category not in {row[name] for row in training}
    ]


def warning(names: list[str]) -> str:
    """Return the expected warning about some categories."""
    count = f"{len(names)} categories have" if len(names) > 1 else "a category has"
    they = "they are" if len(names) > 1 else "it is"
    return f"data: {count} no training rows, so {they} encoded as zeros: {', '.join(names)}"


def missing_categories_by_seed() -> dict[int, list[str]]:
    """Take the training rows from the checkpoints."""
    predicted = {}
    for seed in SEEDS:
        arrays = nncli.train("t.yaml", {"seed": seed, "train.epochs": 1}).checkpoint("last")
        rows = rows_of_file()
        predicted[seed] = missing_categories(
            [rows[i] for i in arrays["split.training"]], [row for row in rows if row["area"]]
        )
    return predicted


@pytest.mark.parametrize("seed", SEEDS)
def test_one_hot_encoding_of_every_part_matches_plain_code(seed: int) -> None:
    trained = nncli.train("t.yaml", {"seed": seed})
    model, arrays, rows = nncli.load(trained), trained.checkpoint("last"), rows_of_file()
    kept_rows = [row for row in rows if row["area"]]
    places = {name: arrays[f"split.{name}"] for name in ("training", "validation", "test")}
    assert sorted(np.concatenate(list(places.values())).tolist()) == [i for i, row in enumerate(rows) if row["area"]]
    categories = {name: sorted({row[name] for row in kept_rows}) for name in ("zone", "roof")}
    seen = {name: {rows[i][name] for i in places["training"]} for name in categories}
    assert model.data.input_names == ("area", *(f"{name}={each}" for name in categories for each in categories[name]))

    def by_hand(row: dict[str, str]) -> list[float]:
        hot = [float(row[name] == each and each in seen[name]) for name in categories for each in categories[name]]
        return [float(row["area"]), *hot]

    for part, name in (("train", "training"), ("validation", "validation"), ("test", "test")):
        samples = model.samples(part)  # type: ignore[arg-type]
        assert samples is not None
        of_part = [rows[i] for i in places[name]]
        np.testing.assert_allclose(samples.x, [by_hand(row) for row in of_part], atol=1e-4)
        np.testing.assert_allclose(samples.t[:, 0], [float(row["price"]) for row in of_part], rtol=1e-5)
    area = np.array([float(rows[i]["area"]) for i in places["training"]])
    price = np.array([float(rows[i]["price"]) for i in places["training"]])
    x = np.array([by_hand(row) for row in kept_rows])
    x[:, 0] = (x[:, 0] - area.mean()) / area.std()
    expected = (x @ arrays["layers.0.weights"] + arrays["layers.0.biases"])[:, 0] * price.std() + price.mean()
    unit_vectors = np.eye(len(model.data.input_names))[: len(kept_rows)]  # in the API a category is a column of its own
    assert unit_vectors.shape[1] == model.network.inputs
    lines = "".join(f"{row['area']},{row['zone']},{row['roof']}\n" for row in kept_rows)
    code, out, _ = run("predict", "--data", "-", stdin=f"area,zone,roof\n{lines}")
    assert code == 0
    np.testing.assert_allclose([float(line.split(",")[-1]) for line in out.splitlines()[1:]], expected, rtol=1e-5)


DROPPED = "data: dropped 5 of 60 rows: area is missing in 5"


def test_missing_categories_are_named_by_check_and_train_and_once_for_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    missing_by_seed = missing_categories_by_seed()
    assert capsys.readouterr() == ("", "")  # the API prints nothing
    assert any(missing_by_seed.values())
    for seed, names in missing_by_seed.items():
        categories = [f"warning: {warning(names)}"] if names else []
        expected = [f"warning: {DROPPED}", *categories]
        assert run("check", "t.yaml", f"seed={seed}")[2].splitlines() == expected
        assert json.loads(run("check", "t.yaml", f"seed={seed}", "--json")[1])["warnings"] == [
            line.removeprefix("warning: ") for line in expected
        ]
        err = run("train", "t.yaml", f"seed={seed}")[2].splitlines()
        assert [line for line in err if "categor" in line] == categories
        assert run("train", "t.yaml", f"seed={seed}", "-q")[2] == ""
    err = run("train", "t.yaml", "--seeds", str(len(missing_by_seed)), "--jobs", "1")[2].splitlines()
    warnings: dict[str, int] = {}
    for seed, names in missing_by_seed.items():
        if names:
            warnings.setdefault(warning(names), seed)
    assert [line for line in err if "categor" in line] == [
        f"warning: seed {seed}: {text}" for text, seed in warnings.items()
    ]


def test_only_the_first_of_many_categories_are_named() -> None:
    rows = "".join(f"{i},c{i:02},{i}\n" for i in range(40))
    Path("t.csv").write_text(f"area,zone,price\n{rows}")
    Path("t.yaml").write_text(SPEC)
    arrays = nncli.train("t.yaml").checkpoint("last")
    missing_by_seed = [f"zone=c{i:02}" for i in range(40) if i not in arrays["split.training"]]
    assert len(missing_by_seed) == 16
    names = f"{', '.join(missing_by_seed[:8])}, ... 16 in all"
    text = f"warning: data: 16 categories have no training rows, so they are encoded as zeros: {names}\n"
    assert run("check", "t.yaml")[2] == text


def test_unseen_refuse_refuses_a_split_with_a_missing_category() -> None:
    missing_by_seed = missing_categories_by_seed()
    lines = Path("t.csv").read_text().splitlines()
    for seed, names in missing_by_seed.items():
        changes = [f"seed={seed}", "data.unseen=refuse"]
        code, _, err = run("check", "t.yaml", *changes)
        if not names:
            assert (code, err) == (0, f"warning: {DROPPED}\n")
            continue
        first = next(i for i, line in enumerate(lines, start=1) if any(f",{n.split('=')[1]}," in line for n in names))
        name, category = next(n.split("=") for n in names if f",{n.split('=')[1]}," in lines[first - 1])
        assert (code, err) == (
            2,
            f't.csv:{first}: {name} has the category "{category}", which no training row of the split has\n'
            "hint: add `unseen: zeros` to encode it as zeros, or try another seed for the split\n",
        )
        with pytest.raises(UsageError, match="which no training row of the split has"):
            nncli.train("t.yaml", {"seed": seed, "data.unseen": "refuse"})


@pytest.mark.parametrize(("changes", "code"), [([], 1), (["data.unseen=refuse"], 1), (["data.unseen=zeros"], 0)])
def test_unknown_category_is_refused_in_predictions(changes: list[str], code: int) -> None:
    assert run("train", "t.yaml", "data.split=null", "-q", *changes)[0] == 0
    done = run("predict", "--data", "-", stdin="area,zone,roof\n70,moon,slate\n")
    assert done[0] == code
    assert ('zone has no category "moon"' in done[2]) is (code == 1)


def test_class_without_training_rows_is_named() -> None:
    Path("t.csv").write_text("area,zone\n" + "".join(f"{i},{'ab'[i % 2] if i else 'rare'}\n" for i in range(21)))
    Path("t.yaml").write_text(
        "data: {type: csv, path: t.csv, target: zone, split: {test: 0.5}}\n"
        "layers: [{type: dense, units: 3}, softmax]\nloss: categorical_crossentropy\ntrain: {epochs: 1}\n"
    )
    single_warning = "warning: data: 1 class has a single row, which the split puts into the training part: rare\n"
    missing = "warning: data: 1 class has no training rows, so the network cannot learn rare (test)\n"
    for share, expected in ((0.5, single_warning), (0.8, missing)):  # shares of the test part
        arrays = nncli.train("t.yaml", {"data.split.test": share}).checkpoint("last")
        assert (0 in arrays["split.training"]) == (expected == single_warning)
        assert run("check", "t.yaml", f"data.split.test={share}")[2] == expected
        assert run("train", "t.yaml", f"data.split.test={share}")[2].startswith(expected)
    assert run("check", "t.yaml", "data.split=null")[2] == ""


def test_classes_missing_in_training_are_named_with_their_part() -> None:
    """Six classes have a single row each; the checkpoint tells which part has which row."""
    classes = ["a"] * 12 + [f"rare{i}" for i in range(6)]
    Path("t.csv").write_text("area,zone\n" + "".join(f"{i},{name}\n" for i, name in enumerate(classes)))
    Path("t.yaml").write_text(
        "data: {type: csv, path: t.csv, target: zone, split: {validation: 0.3, test: 0.3}}\n"
        "layers: [{type: dense, units: 7}, softmax]\nloss: categorical_crossentropy\ntrain: {epochs: 1}\n"
    )
    arrays = nncli.train("t.yaml").checkpoint("last")
    rows = {part: [classes[row] for row in arrays[f"split.{part}"]] for part in ("training", "validation", "test")}
    names = [f"rare{i}" for i in range(6)]
    absent = [
        f"{n} ({'validation' if n in rows['validation'] else 'test'})" for n in names if n not in rows["training"]
    ]
    single = [name for name in names if name in rows["training"]]
    assert len(absent) > 1
    assert len(single) > 1
    absent_text = f"{len(absent)} classes have no training rows, so the network cannot learn {', '.join(absent)}"
    single_text = f"{len(single)} classes have a single row each, which the split puts into the training part"
    single_text += f": {', '.join(single)}"
    assert run("check", "t.yaml")[2] == f"warning: data: {absent_text}\nwarning: data: {single_text}\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["seed=1", "data.unseen=refuse"], "which no training row of the split has"),
        (["seed=2"], "data: a has no value in any training row"),
    ],
)
def test_refused_split_leaves_no_run(changes: list[str], message: str) -> None:
    """With check, train and --seeds; the table has one value in column a and one row of category u."""
    Path("t.csv").write_text("a,zone,price\n,q,1\n,q,2\n3,q,3\n,q,4\n,u,5\n")
    Path("t.yaml").write_text(
        SPEC.replace("missing: drop, split: {validation: 0.2, test: 0.2}", "missing: mean, split: {test: 0.4}")
    )
    code, _, err = run("check", "t.yaml", *changes)
    assert code in (1, 2)
    assert message in err
    assert run("train", "t.yaml", *changes) == (code, "", err)
    done = run("train", "t.yaml", *changes, "--seeds", "1", "-q")
    assert done[:2] == (code, "")
    assert message in done[2]
    with pytest.raises(NncliError, match=message):
        nncli.train("t.yaml", dict(change.split("=") for change in changes[1:]) | {"seed": int(changes[0][-1])})
    assert not Path("runs").exists()


def test_constant_columns_are_named() -> None:
    rows = "".join(f"{i},0.1,{'slate'},{3 if i else 4},{i % 2},5\n" for i in range(30))
    Path("t.csv").write_text(f"area,tax,roof,floors,pool,price\n{rows}")
    Path("t.yaml").write_text(SPEC.replace("validation: 0.2, test: 0.2", "validation: 0.4"))
    for seed in range(5):
        rows_of_training = nncli.train("t.yaml", {"seed": seed}).checkpoint("last")["split.training"]
        names = ["tax", "roof", *(["floors"] if 0 not in rows_of_training else []), "price"]
        text = f"warning: data: columns {', '.join(names)} are constant in the training rows\n"
        assert run("check", "t.yaml", f"seed={seed}")[2] == text
        assert run("train", "t.yaml", f"seed={seed}")[2].startswith(text)


def test_times_in_nanoseconds_can_be_learned() -> None:
    """As an input, and as a target, whose predictions need more digits than float32 has."""
    start, step = 1_700_000_000_000_000_000, 10_000
    rows = "".join(f"{start + step * i},{2 * i + 1}\n" for i in range(50))
    Path("t.csv").write_text(f"time,price\n{rows}")
    Path("t.yaml").write_text(
        SPEC.replace(", split: {validation: 0.2, test: 0.2}", "").replace("epochs: 3", "epochs: 200")
    )
    for target in ("price", "time"):
        code, _, err = run("train", "t.yaml", f"data.target={target}", "-q")
        assert (code, err) == (0, "")
        assert run("check", "t.yaml", f"data.target={target}")[2] == ""
        assert json.loads(run("eval", "--json")[1])["metrics"]["r2"] > 0.999
        out = run("predict", "--data", "t.csv")[1]
        predicted = np.array([float(line.split(",")[-1]) for line in out.splitlines()[1:]])
        i = np.arange(50)
        true = (2 * i + 1 if target == "price" else start + step * i).astype(float)
        assert np.abs(predicted - true).max() < 0.1 * np.std(true - true.min())
