"""What the training rows of a table lack: categories, classes, spread; by hand, from the text of the table."""

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
    """Houses: some categories occur once or twice, some rows miss a value, and a field holds a line break."""
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
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(table())
    Path("t.yaml").write_text(SPEC.replace("missing:", "ignore: [note], missing:"))
    return tmp_path


def rows_of_file() -> list[dict[str, str]]:
    """The rows of the table, those that miss a value too."""
    with Path("t.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, without the path of the folder."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    folder = f"{Path.cwd()}/"
    return done.exit_code, done.stdout.replace(folder, ""), done.stderr.replace(folder, "")


def lacking(training: list[dict[str, str]], kept: list[dict[str, str]]) -> list[str]:
    """Each category that the kept rows have and those of training have not."""
    return [
        f"{name}={category}"
        for name in ("zone", "roof")
        for category in sorted({row[name] for row in kept})
        if category not in {row[name] for row in training}
    ]


def warning(names: list[str]) -> str:
    """What is said of categories, each once."""
    count = f"{len(names)} categories have" if len(names) > 1 else "a category has"
    they = "they are" if len(names) > 1 else "it is"
    return f"data: {count} no training rows, so {they} encoded as zeros: {', '.join(names)}"


def seeds_and_what_they_lack() -> dict[int, list[str]]:
    """By the rows that the checkpoints say are those of training."""
    found = {}
    for seed in SEEDS:
        arrays = nncli.train("t.yaml", {"seed": seed, "train.epochs": 1}).checkpoint("last")
        rows = rows_of_file()
        found[seed] = lacking([rows[i] for i in arrays["split.training"]], [row for row in rows if row["area"]])
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_one_hot_of_every_part_is_that_made_by_hand(seed: int) -> None:
    trained = nncli.train("t.yaml", {"seed": seed})
    model, arrays, rows = nncli.load(trained), trained.checkpoint("last"), rows_of_file()
    kept = [row for row in rows if row["area"]]
    places = {name: arrays[f"split.{name}"] for name in ("training", "validation", "test")}
    assert sorted(np.concatenate(list(places.values())).tolist()) == [i for i, row in enumerate(rows) if row["area"]]
    categories = {name: sorted({row[name] for row in kept}) for name in ("zone", "roof")}
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
    x = np.array([by_hand(row) for row in kept])
    x[:, 0] = (x[:, 0] - area.mean()) / area.std()
    expected = (x @ arrays["layers.0.weights"] + arrays["layers.0.biases"])[:, 0] * price.std() + price.mean()
    whole = np.eye(len(model.data.input_names))[: len(kept)]  # by the API a category is a 1 like any other
    assert whole.shape[1] == model.network.inputs
    lines = "".join(f"{row['area']},{row['zone']},{row['roof']}\n" for row in kept)
    code, out, _ = run("predict", "--data", "-", stdin=f"area,zone,roof\n{lines}")
    assert code == 0
    np.testing.assert_allclose([float(line.split(",")[-1]) for line in out.splitlines()[1:]], expected, rtol=1e-5)


def test_the_warning_names_them_in_check_and_train_and_once_for_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    lacks = seeds_and_what_they_lack()
    assert capsys.readouterr() == ("", "")  # Python is told nothing on a terminal
    assert any(lacks.values())
    for seed, names in lacks.items():
        said = [f"warning: {warning(names)}"] if names else []
        assert run("check", "t.yaml", f"seed={seed}")[2].splitlines() == said
        assert json.loads(run("check", "t.yaml", f"seed={seed}", "--json")[1])["warnings"] == [
            line.removeprefix("warning: ") for line in said
        ]
        err = run("train", "t.yaml", f"seed={seed}")[2].splitlines()
        assert [line for line in err if "categor" in line] == said
        assert run("train", "t.yaml", f"seed={seed}", "-q")[2] == ""
    err = run("train", "t.yaml", "--seeds", str(len(lacks)), "--jobs", "1")[2].splitlines()
    told: dict[str, int] = {}
    for seed, names in lacks.items():
        if names:
            told.setdefault(warning(names), seed)
    assert [line for line in err if "categor" in line] == [
        f"warning: seed {seed}: {text}" for text, seed in told.items()
    ]


def test_of_many_categories_the_first_are_named() -> None:
    rows = "".join(f"{i},c{i:02},{i}\n" for i in range(40))
    Path("t.csv").write_text(f"area,zone,price\n{rows}")
    Path("t.yaml").write_text(SPEC)
    arrays = nncli.train("t.yaml").checkpoint("last")
    lacks = [f"zone=c{i:02}" for i in range(40) if i not in arrays["split.training"]]
    assert len(lacks) == 16
    named = f"{', '.join(lacks[:8])}, ... 16 in all"
    text = f"warning: data: 16 categories have no training rows, so they are encoded as zeros: {named}\n"
    assert run("check", "t.yaml")[2] == text


def test_unseen_refuse_refuses_a_split_that_lacks_one_if_it_is_said() -> None:
    lacks = seeds_and_what_they_lack()
    lines = Path("t.csv").read_text().splitlines()
    for seed, names in lacks.items():
        changes = [f"seed={seed}", "data.unseen=refuse"]
        code, _, err = run("check", "t.yaml", *changes)
        if not names:
            assert (code, err) == (0, "")
            continue
        first = next(i for i, line in enumerate(lines, start=1) if any(f",{n.split('=')[1]}," in line for n in names))
        name, category = next(n.split("=") for n in names if f",{n.split('=')[1]}," in lines[first - 1])
        assert (code, err) == (
            2,
            f't.csv:{first}: {name} has the category "{category}", which no training row of the split has\n'
            "hint: `unseen: zeros` encodes it as zeros; another seed splits the rows otherwise\n",
        )
        with pytest.raises(UsageError, match="which no training row of the split has"):
            nncli.train("t.yaml", {"seed": seed, "data.unseen": "refuse"})


@pytest.mark.parametrize(("given", "code"), [([], 1), (["data.unseen=refuse"], 1), (["data.unseen=zeros"], 0)])
def test_a_category_that_the_table_has_nowhere_is_refused_as_before(given: list[str], code: int) -> None:
    assert run("train", "t.yaml", "data.split=null", "-q", *given)[0] == 0
    done = run("predict", "--data", "-", stdin="area,zone,roof\n70,moon,slate\n")
    assert done[0] == code
    assert ('zone has no category "moon"' in done[2]) is (code == 1)


def test_a_class_without_training_rows_is_named() -> None:
    Path("t.csv").write_text("area,zone\n" + "".join(f"{i},{'ab'[i % 2] if i else 'rare'}\n" for i in range(21)))
    Path("t.yaml").write_text(
        "data: {type: csv, path: t.csv, target: zone, split: {test: 0.5}}\n"
        "layers: [{type: dense, units: 3}, softmax]\nloss: categorical_crossentropy\ntrain: {epochs: 1}\n"
    )
    alone = "warning: data: 1 class has a single row, which the split leaves to training: rare\n"
    missing = "warning: data: 1 class has no training rows, so nothing is learned of rare (test)\n"
    for share, said in ((0.5, alone), (0.8, missing)):  # of the test part, of which the one row is its share
        arrays = nncli.train("t.yaml", {"data.split.test": share}).checkpoint("last")
        assert (0 in arrays["split.training"]) == (said == alone)
        assert run("check", "t.yaml", f"data.split.test={share}")[2] == said
        assert run("train", "t.yaml", f"data.split.test={share}")[2].startswith(said)
    assert run("check", "t.yaml", "data.split=null")[2] == ""


def test_classes_of_a_part_that_training_never_sees_are_named_with_the_part() -> None:
    """By the rows of each part in the checkpoint: six classes of a single row, which a split puts somewhere."""
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
    alone = [name for name in names if name in rows["training"]]
    assert len(absent) > 1
    assert len(alone) > 1
    lost = f"{len(absent)} classes have no training rows, so nothing is learned of {', '.join(absent)}"
    kept = f"{len(alone)} classes have a single row each, which the split leaves to training: {', '.join(alone)}"
    assert run("check", "t.yaml")[2] == f"warning: data: {lost}\nwarning: data: {kept}\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["seed=1", "data.unseen=refuse"], "which no training row of the split has"),
        (["seed=2"], "data: a is missing in every row that is trained on"),
    ],
)
def test_a_refused_split_leaves_no_run_behind(changes: list[str], message: str) -> None:
    """By check, by train and for several seeds; one value of column a and one row of category u are in the table."""
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


def test_times_in_nanoseconds_are_learned() -> None:
    """As input, and as a target, whose predictions have more digits than float32."""
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
        found = np.array([float(line.split(",")[-1]) for line in out.splitlines()[1:]])
        i = np.arange(50)
        true = (2 * i + 1 if target == "price" else start + step * i).astype(float)
        assert np.abs(found - true).max() < 0.1 * np.std(true - true.min())
