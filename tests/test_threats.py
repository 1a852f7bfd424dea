"""The page of threats names a test for each line, and each of them exists; and those of the extension."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nablint.probe.protocol import Report
from nablint.report.page import Probed, page

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "server/THREATS.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def test_each_line_names_a_test() -> None:
    rows = [
        line
        for line in TEXT.splitlines()
        if line.startswith("|") and not re.match(r"\| (---|when|what it|where)", line)
    ]
    assert len(rows) >= 35
    assert [row for row in rows if not NAMED.search(row)] == []


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(TEXT))))
def test_each_named_test_exists(file: str, name: str) -> None:
    body = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")).body
    assert name in {item.name for item in body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_a_folder_chooses_no_python_before_it_is_trusted() -> None:
    manifest = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    untrusted = manifest["capabilities"]["untrustedWorkspaces"]
    assert untrusted["supported"] == "limited"
    assert "nablint.interpreter" in untrusted["restrictedConfigurations"]
    assert (
        manifest["contributes"]["configuration"]["properties"]["nablint.interpreter"]["scope"] == "machine-overridable"
    )
    assert "workspace.isTrusted" in source("server.ts"), "nor is one looked for in it"


def test_the_server_starts_outside_the_workspace() -> None:
    """`-m` imports from where it stands."""
    text = source("server.ts")
    assert "options: { cwd: extension.extensionPath }" in text
    assert text.count("execFile)(") == text.count("{ cwd: __dirname,")


def test_the_panel_makes_no_markup_of_text() -> None:
    files = sorted((ROOT / "client/src").rglob("*.ts"))
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [file.name for file in files if markup.search(file.read_text(encoding="utf-8"))] == []
    policy = re.search(r'content="(default-src[^"]*)"', source("view/panel.html"))
    assert policy
    assert policy[1] == "default-src 'none'; style-src {source}; script-src 'nonce-{nonce}'"
    assert 'nonce: randomBytes(16).toString("base64")' in source("panel.ts")


def test_the_page_of_a_probe_makes_no_markup_of_text() -> None:
    evil = "</script><script>alert(1)</script><!--<b>&amp;"
    report = Report(evil, failure=evil, verdict=evil, prints=evil, assumed=(evil,))
    made = page([Probed(evil, 1, report)], "<!-- {title} --><body><!-- {reports} --></body>")
    assert len(re.findall(r"<script", made)) == len(re.findall(r"</script", made)) == 1
    assert "<b>" not in made
    data = re.search(r'id="reports">(.*?)</script>', made)
    assert data
    assert json.loads(data[1])[0]["path"] == evil


def test_the_audit_says_what_it_could_not_ask(tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node
    script = ROOT / "client/scripts/audit.mjs"
    bare = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run([node, script], env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert [line.split(" could not be run (")[0] for line in said] == ["nablint: pip-audit", "nablint: npm audit"]
    assert all(line.endswith(": nothing is known of these packages.") for line in said)


def source(name: str) -> str:
    return (ROOT / "client/src" / name).read_text(encoding="utf-8")
