"""`nncli init-scan`: signal and gradient in each layer with several initializers."""

from __future__ import annotations

from tests.cli.program import Program, json_of

CHAPTER_17 = """\
init                layer   signal  gradient  verdict
normal 0.01 (spec)      0   0.0044   9.7e-05  signal too small, gradient too small
normal 0.01 (spec)      1  0.00024   1.8e-05  signal too small, gradient too small
normal 0.01 (spec)      2  6.5e-06   0.00013  gradient too small
"""


def test_chapter_17_loses_its_signal(program: Program) -> None:
    done = program("init-scan", "configs/book/ch17-sine-2x64.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(CHAPTER_17)
    assert len(done.lines) == 1 + 6 * 3
    assert {line.split()[-1] for line in done.lines if line.startswith("normal 0.1 ")} == {"healthy"}
    assert not program.runs_dir.exists()


def test_json_has_overrides(program: Program) -> None:
    scans = json_of(program("init-scan", "tiny.yaml", "layers.0.units=8", "--json"))
    assert set(scans[0]) == {"init", "overrides", "healthy", "layers"}
    assert set(scans[0]["layers"][0]) == {"layer", "signal", "gradient", "verdict"}
    assert [scan["overrides"] for scan in scans][:2] == [[], ["init=he_normal"]]
    for scan in scans:
        assert program("check", "tiny.yaml", *scan["overrides"]).code == 0


def test_figure_is_written_beside_the_table(program: Program) -> None:
    done = program("init-scan", "tiny.yaml", "-o", "scales.pdf")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].startswith("init")
    assert (program.folder / "scales.pdf").read_bytes().startswith(b"%PDF")


def test_wrong_extension_is_refused_first(program: Program) -> None:
    done = program("init-scan", "missing.yaml", "-o", "scales.gif")
    assert done == (2, "", "scales.gif: cannot write a figure as .gif\nhint: use one of .png, .svg, .pdf\n")
