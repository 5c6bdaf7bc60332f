"""Run `nncli why --try` for each case of docs/why.md, and replace the proofs at the ends of its sections.

    python tools/make_proofs.py [CAUSE...]

Without causes it tries all cases, which takes about ten minutes. The budget lets every training end by itself.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "why.md"
SECTION = re.compile(r"^## ([a-z_]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```bash\nnncli why (.+)\n```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROOF = re.compile(r"^(?:Proof|No proof): .*?(?=\n\n|\n*\Z)", re.MULTILINE | re.DOTALL)
BUDGET = "2h"
MIN_SEEDS = 4  # of a variant, as for the conclusion of the command
WIDTH = 140


def main(causes: list[str]) -> None:
    """Try the cases of some causes, or all; write each proof as soon as it is known."""
    for cause in causes or sections(PAGE.read_text(encoding="utf-8")):
        with tempfile.TemporaryDirectory() as folder:
            paragraph = proof(try_case(cause, Path(folder)))
        print(f"{cause}: {paragraph}", flush=True)
        PAGE.write_text(with_proof(PAGE.read_text(encoding="utf-8"), cause, paragraph), encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """Return the text of each cause's section."""
    return dict(SECTION.findall(page))


def try_case(cause: str, folder: Path) -> dict[str, Any]:
    """Return the JSON of `nncli why --try` for the case of a cause, run in an empty folder."""
    text = sections(PAGE.read_text(encoding="utf-8"))[cause]
    command = COMMAND.search(text)
    assert command, cause
    shutil.copytree(ROOT / "configs", folder / "configs")
    prepare(text[: command.start()], folder)
    arguments = ["nncli", "why", *shlex.split(command[1]), "--try", "--budget", BUDGET, "--json"]
    done = subprocess.run(arguments, cwd=folder, env=environment(), stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    names = [finding["name"] for finding in answer["findings"]]
    assert names[:1] == [cause], f"the first finding of {cause} is another one: {names}"
    return answer


def prepare(text: str, folder: Path) -> None:
    """Save the files and run the commands of a part of the page in a folder."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "yaml":
            (folder / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        else:
            subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=environment(), check=True)


def environment() -> dict[str, str]:
    """Return the environment with the `nncli` of this interpreter first on the path, without settings of nncli."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {key: value for key, value in os.environ.items() if not key.startswith("NNCLI_")} | {"PATH": path}


def proof(answer: dict[str, Any]) -> str:
    """Return the paragraph that says how often the suggested change learned, and which change is better, if any."""
    change, tried = answer["findings"][0]["change"], answer["tried"]
    return textwrap.fill(_sentence(change, tried), WIDTH, break_long_words=False, break_on_hyphens=False)


def _sentence(change: list[str] | None, tried: dict[str, Any]) -> str:
    variants, (learned, trained) = tried["variants"], (tried["unchanged"][key] for key in ("learned", "trained"))
    unchanged, best = f"unchanged on {learned} of {trained}", variants[0]
    suggested = next((variant for variant in variants if variant["overrides"] == change), None)
    if tried["status"] == "nothing_to_mend":
        return f"No proof: unchanged learned on {learned} of {trained} other seeds."
    if tried["status"] == "nothing_helps":
        start = "Proof" if change is None else "No proof"
        return f"{start}: none of {len(variants)} changes learned more often than {unchanged} seeds."
    chance = ", which may be chance" if tried["status"] == "may_help" else ""
    if change is None:
        start = "Proof" if chance else "No proof"
        counts = _learned(best).replace(" learned", ", learned")
        return f"{start}: the best of {len(variants)} changes, {counts} seeds, {unchanged}{chance}."
    assert suggested, "the change of the page was not tried"
    if suggested is best:
        return f"{'No proof' if chance else 'Proof'}: {_learned(best)} seeds, {unchanged}{chance}."
    start = "Proof" if suggested["trained"] >= MIN_SEEDS and suggested["difference"]["low"] > 0 else "No proof"
    return (
        f"{start}: {_learned(suggested)} seeds, {unchanged}. Another change was better: {_learned(best)} seeds{chance}."
    )


def _learned(variant: dict[str, Any]) -> str:
    return f"`{shlex.join(variant['overrides'])}` learned on {variant['learned']} of {variant['trained']}"


def with_proof(page: str, cause: str, paragraph: str) -> str:
    """Return the page with a paragraph as the proof at the end of a cause's section."""
    text = sections(page)[cause]
    return page.replace(text, f"{PROOF.sub('', text).rstrip()}\n\n{paragraph}\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
