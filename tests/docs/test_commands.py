"""The bash, Python and YAML blocks of the documentation run, and every command is documented."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nncli import config
from nncli.cli.app import app as cli
from nncli.experiment import mappings
from nncli.sweeps.plan import make_plan
from tests.cli.fork_server import fork_server
from tests.cli.program import SCRIPT
from tests.cluster.fake_tools import fake_tools, on_this_machine

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
INDEX = ROOT / "docs" / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
ABOUT_CODE = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """All blocks of some languages, in the order of the pages."""
    all_blocks = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            all_blocks.append(Block(str(page.relative_to(ROOT)), line, match[1], match[2]))
    return [block for block in all_blocks if block.language in languages]


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A folder with the configs, shortened to three epochs, and the installed command first on the path."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for path in (tmp_path / "configs").rglob("*.yaml"):
        path.write_text(re.sub(r"epochs: \d+", "epochs: 3", path.read_text(encoding="utf-8")), encoding="utf-8")
    return tmp_path


def environment() -> dict[str, str]:
    """The environment with the tests' own `nncli` first on the path, and nothing that moves the runs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {key: value for key, value in os.environ.items() if not key.startswith("NNCLI_")} | {"PATH": path}


def pages_of_commands() -> list[Any]:
    """The pages with bash blocks, which take their time."""
    pages = sorted({block.page for block in blocks("bash")})
    return [pytest.param(page, marks=pytest.mark.long) for page in pages]


@pytest.mark.parametrize("page", pages_of_commands())
def test_documented_commands_run(page: str, sandbox: Path) -> None:
    run_page(page, sandbox, forking(sandbox / "bin"))


def forking(folder: Path) -> dict[str, str]:
    """The environment with a program `nncli`, in a new folder, whose commands are forked from one process."""
    started = environment()
    folder.mkdir()
    fork_server(tuple(started.items())).install(folder, SCRIPT)
    return started | {"PATH": f"{folder}{os.pathsep}{started['PATH']}"}


@pytest.mark.longest
def test_documented_commands_run_as_printed(tmp_path: Path) -> None:
    """All pages in one folder, at full length: shortened experiments hide some failures."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for page in dict.fromkeys(block.page for block in blocks("bash")):
        run_page(page, tmp_path, environment())


def run_page(page: str, folder: Path, environment: dict[str, str]) -> None:
    """Run the blocks of a page one after another in one folder, as a reader would type them.

    Other machines are replaced by this one.
    """
    for block in (block for block in blocks("bash", "make", "yaml") if block.page == page):
        if block.language != "bash":
            if name := re.match(r"# ([\w-]+\.yaml|Makefile)\n", block.text):  # the reader saves it under this name
                (folder / name[1]).write_text(block.text, encoding="utf-8")
            continue
        command = ["bash", "-euo", "pipefail", "-c", on_this_machine(block.text)]
        with fake_tools(folder / f"tools-{page.replace('/', '-')}-{block.line}", environment) as env:
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


@pytest.mark.longest
def test_the_table_of_chapter_17_is_what_its_commands_print(tmp_path: Path) -> None:
    """Eight runs of 10,001 epochs, as on the page."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    *_, commands, table = (block.text for block in blocks("bash", "text") if block.page == "docs/sweeps.md")
    command = ["bash", "-euo", "pipefail", "-c", commands]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-9:] == table.splitlines()


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_documented_python_runs(block: Block, sandbox: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block.text], cwd=sandbox, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def write_data(block: Block, folder: Path) -> None:
    """Write the data file of an experiment if a command of its page makes it."""
    for name in re.findall(r"\bpath: (\w+\.\w+)", block.text):
        for command in blocks("bash"):
            if command.page == block.page and re.search(rf'savez\("{name}"|> {name}$', command.text, re.MULTILINE):
                subprocess.run(["bash", "-c", command.text], cwd=folder, env=environment(), check=True)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_documented_files_are_valid(block: Block, sandbox: Path) -> None:
    path = sandbox / "documented.yaml"
    path.write_text(block.text, encoding="utf-8")
    write_data(block, sandbox)
    tree = config.read(path)
    assert config.check(tree).experiment.layers
    assert tree.sweep is None or make_plan(tree).trials


@pytest.mark.parametrize(
    ("page", "file"), [("README.md", "configs/sine.yaml"), ("docs/tutorial.md", "configs/book/ch16-spiral.yaml")]
)
def test_the_first_file_of_a_page_is_the_bundled_one(page: str, file: str) -> None:
    printed = next(block.text for block in blocks("yaml") if block.page == page)
    bundled = (ROOT / file).read_text(encoding="utf-8")
    assert printed[printed.index("name: ") :] == bundled[bundled.index("name: ") :]


def test_every_command_is_documented() -> None:
    import typer

    commands = set(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]
    documented = {match for block in blocks("bash") for match in re.findall(r"nncli ([a-z][a-z-]*)", block.text)}
    assert commands == documented


def test_every_mapping_of_a_spec_is_documented_with_its_fields() -> None:
    rows = [line for line in (ROOT / "docs/experiments.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    for path, cls in mappings().items():
        row = next(row for row in rows if row.startswith(f"| `{path}` |"))
        assert all(f"`{field.name}`" in row for field in dataclasses.fields(cls)), path


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*PAGES, *ABOUT_CODE], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^):]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in headings(linked), f"{page.name} links to {target}"


def links_in_lists(page: Path) -> list[Path]:
    """Return the pages that the list items of a page link to."""
    links = re.findall(r"^- \[.+?\]\(([^)]+\.md)\)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted((page.parent / link).resolve() for link in links)


def test_the_index_links_to_every_page() -> None:
    pages = {*PAGES, *ABOUT_CODE} - {README, INDEX}
    assert links_in_lists(INDEX) == sorted(pages)


def test_the_readme_links_to_the_index() -> None:
    links = links_in_lists(README)
    assert INDEX in links
    assert {*links} <= {*PAGES, *ABOUT_CODE}


@pytest.mark.parametrize("page", ABOUT_CODE, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    paths = re.findall(r"`((?:nncli|tests|tools|configs)/[\w./]*)`", page.read_text(encoding="utf-8"))
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
