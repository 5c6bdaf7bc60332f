"""A client of yaml-language-server, the server behind YAML files in VS Code, Neovim and other editors."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, NamedTuple, Self

from nncli import bundled_configs

MODELINE = f"# yaml-language-server: $schema={bundled_configs.SCHEMA}\n"
SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
MARKDOWN = ["markdown", "plaintext"]
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "hover": {"contentFormat": MARKDOWN},
        "completion": {"completionItem": {"documentationFormat": MARKDOWN, "snippetSupport": True}},
    },
}
TIMEOUT = 120  # seconds until the server is killed


class Problem(NamedTuple):
    """A diagnostic: its line, the underlined text, the message and the title of the schema."""

    line: int
    text: str
    message: str
    title: str


def program() -> Path:
    """Return the path of yaml-language-server; fail if it is not installed."""
    path = shutil.which("yaml-language-server")
    assert path, "the tests of editors need yaml-language-server: npm install -g yaml-language-server"
    return Path(path).resolve()


class LanguageServer:
    """A running server. Files are opened under paths next to the schema, and never written."""

    def __enter__(self) -> Self:
        command = [str(program()), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.timer = Timer(TIMEOUT, self.process.kill)
        self.timer.start()
        self.sent = self.opened = 0
        self.diagnostics: dict[str, list[Any]] = {}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        self.tell("initialized", {})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.timer.cancel()
        self.process.kill()
        self.process.communicate()

    def problems(self, text: str, path: Path | None = None) -> list[Problem]:
        """Return the diagnostics of a file. Without a path, the text has no modeline and gets one."""
        complete_text = text if path else MODELINE + text
        uri = self.open(complete_text, path)
        while uri not in self.diagnostics:
            self.receive()
        lines = complete_text.splitlines()
        problems = []
        for diagnostic in self.diagnostics[uri]:
            start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
            line = lines[start["line"]]
            marked = line[start["character"] : end["character"] if start["line"] == end["line"] else len(line)]
            title = diagnostic["source"].removeprefix("yaml-schema: ")
            problems.append(Problem(start["line"], marked, diagnostic["message"], title))
        return problems

    def hover(self, text: str) -> str:
        """Return the hover text at the `|` in a file, as Markdown."""
        return str(self.ask("textDocument/hover", self.position(text))["contents"]["value"])

    def completions(self, text: str) -> dict[str, str]:
        """Return the completions at the `|` in a file, with their documentation."""
        items = self.ask("textDocument/completion", self.position(text))["items"]
        described = {item["label"]: item.get("documentation") or "" for item in items}
        return {label: text if isinstance(text, str) else text["value"] for label, text in described.items()}

    def position(self, text: str) -> dict[str, Any]:
        before, after = (MODELINE + text).split("|")
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return {"textDocument": {"uri": self.open(before + after)}, "position": position}

    def open(self, text: str, path: Path | None = None) -> str:
        self.opened += 1
        uri = (path or bundled_configs.configs() / f"edited-{self.opened}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def ask(self, method: str, params: Any) -> Any:
        """Send a request; return the result."""
        self.sent += 1
        self.send({"id": self.sent, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.sent and "method" not in message:
                return message["result"]

    def tell(self, method: str, params: Any) -> None:
        """Send a notification, which has no answer."""
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def receive(self) -> Any:
        """Return the next message; answer requests of the server and keep its diagnostics."""
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline()) != b"\r\n":
            assert line, "yaml-language-server has ended, or was killed as it did not answer"
            if line.startswith(b"Content-Length: "):
                length = int(line.split()[1])
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            wanted = (item.get("section") for item in message["params"]["items"])
            self.send({"id": message["id"], "result": [SETTINGS if section == "yaml" else None for section in wanted]})
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        return message
