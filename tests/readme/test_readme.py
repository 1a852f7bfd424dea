"""Every code block of the README is run, or read by the program that it is meant for.

`pytest tests/readme --update` writes the outputs anew, to be looked at.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from nablint import config
from nablint.cli import COMMANDS
from nablint.config import Settings
from nablint.lsp.features.code_actions import FIX_ALL
from nablint.rules import RULES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ .+$", re.MULTILINE)
ELLIPSIS = "..."


def blocks(language: str) -> list[object]:
    """Each block in this language; one that runs TensorFlow says so."""
    found = [text for name, text in BLOCK.findall(README.read_text(encoding="utf-8")) if name == language]
    tensorflow = [[pytest.mark.tensorflow] if "$ nablint probe" in text else [] for text in found]
    return [
        pytest.param(text, id=f"{language}-{number}", marks=marks)
        for number, (text, marks) in enumerate(zip(found, tensorflow, strict=True), 1)
    ]


def test_every_block_has_a_test() -> None:
    text = README.read_text(encoding="utf-8")
    languages = {language for language, _ in BLOCK.findall(text)}
    assert languages == {"console", "toml", "lua", "elisp", "yaml", "json", "python"}
    assert text.count("```") == 2 * len(BLOCK.findall(text)), "a block without a language is not tested"


@pytest.mark.parametrize("block", blocks("console"))
def test_console(block: str, request: pytest.FixtureRequest) -> None:
    found = "".join(f"{command}\n{shell(command[2:])}" for command in COMMAND.findall(block))
    if request.config.getoption("update") and not matches(block, found):
        README.write_text(README.read_text(encoding="utf-8").replace(block, found), encoding="utf-8")
    else:
        assert matches(block, found), f"the README says\n{block}\nbut it is\n{found}"


def shell(command: str) -> str:
    """What the command prints in the root of the repository."""
    here = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join((here, os.environ["PATH"])), "VIRTUAL_ENV": sys.prefix}
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def matches(expected: str, found: str) -> bool:
    """Whether the two are the same, where `...` in what is expected stands for anything."""
    pattern = ".*?".join(map(re.escape, expected.split(ELLIPSIS)))
    return re.fullmatch(pattern, found, re.DOTALL) is not None


@pytest.mark.parametrize("block", blocks("toml"))
def test_toml(block: str) -> None:
    table = tomllib.loads(block)
    if "tool" in table:
        settings = config.merge(Settings(), table["tool"]["nablint"])
        config.check_rules(settings, [rule.name for rule in RULES])
        assert settings != Settings()
    else:
        server = table["language-server"]["nablint"]
        assert (server["command"], server["args"][0] in COMMANDS) == ("nablint", True)
        assert table["language"][0]["language-servers"] == ["pylsp", "nablint"]


@pytest.mark.parametrize("block", blocks("json"))
def test_json(block: str) -> None:
    """A line or two of VS Code's settings, or the whole of Zed's."""
    settings = json.loads(block if block.lstrip().startswith("{") else f"{{{block}}}")
    if servers := settings.get("lsp"):
        (binary,) = (server["binary"] for server in servers.values())
        assert (binary["path"], binary["arguments"][0] in COMMANDS) == ("nablint", True)
    else:
        assert settings == {"editor.codeActionsOnSave": {FIX_ALL: "explicit"}}


@pytest.mark.parametrize("block", blocks("python"))
def test_python(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    example = doctest.DocTestParser().get_doctest(block, {}, "README", str(README), 0)
    told: list[str] = []
    assert doctest.DocTestRunner().run(example, out=told.append).failed == 0, "".join(told)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_yaml(block: str, tmp_path: Path) -> None:
    match yaml.safe_load(block):
        case {"nablint": {"script": [_, command], "artifacts": {"reports": {"codequality": name}}}}:
            shell(f"cd fixtures/seed && {command.replace(name, str(tmp_path / name))}")
            assert len(json.loads((tmp_path / name).read_text(encoding="utf-8"))) == 3
        case {"repos": [{"hooks": hooks}]}:
            known = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
            assert [hook["id"] for hook in hooks] == [hook["id"] for hook in known]
        case steps:
            (step,) = steps
            annotations = shell(f"cd fixtures/seed && {step['run']}").splitlines()
            assert [line.partition(" ")[0] for line in annotations] == ["::error", "::warning", "::warning"]


def lua(block: str, tmp_path: Path) -> list[str]:
    (tmp_path / "block.lua").write_text(block)
    return ["nvim", "--headless", "--clean", "-c", f"lua assert(loadfile('{tmp_path}/block.lua'))", "-c", "cquit 7"]


def elisp(block: str, tmp_path: Path) -> list[str]:
    (tmp_path / "block.el").write_text(block)
    find = '(dolist (d (file-expand-wildcards "/usr/share/emacs/site-lisp/elpa-src/*")) (add-to-list \'load-path d))'
    check = '(kill-emacs (if (equal (cdar eglot-server-programs) \'("nablint" "server")) 7 1))'
    load = ["-l", str(tmp_path / "block.el"), "--eval", "(require 'eglot)"]
    return ["emacs", "--batch", "-Q", "--eval", find, *load, "--eval", check]


EDITORS: dict[str, Callable[[str, Path], list[str]]] = {"lua": lua, "elisp": elisp}


@pytest.mark.editor
@pytest.mark.parametrize("language", EDITORS)
def test_editor_block(language: str, tmp_path: Path) -> None:
    """The editor itself reads the block; status 7 is what only a block that was read to its end leads to."""
    (block,) = (text for name, text in BLOCK.findall(README.read_text(encoding="utf-8")) if name == language)
    command = EDITORS[language](block, tmp_path)
    assert shutil.which(command[0]), f"{command[0]} is missing: run `npm run setup`"
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 7, done.stdout + done.stderr


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert (ROOT / link).exists(), f"{link} does not exist"


def test_npm_scripts_that_are_named_exist() -> None:
    scripts = re.findall(r'^    "([\w:]+)": "', (ROOT / "package.json").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"`npm (?:run )?(\w+)`", README.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= set(scripts)
