"""Where settings come from, and what is said of those that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as t
from session import editor, until

from nablint import config
from nablint.lsp.features.settings import adopt
from nablint.lsp.protocol import VERSION, mismatch, options_of
from nablint.lsp.server import Server
from nablint.rules import RULES

CODE = "tf.exp(x)\n" * 3


@pytest.mark.asyncio
async def test_a_setting_that_does_not_exist_is_said_once(tmp_path: Path) -> None:
    options = {"settings": {"inputRang": 3, "interpreter": "", "trace": {"server": "off"}}}
    async with editor(tmp_path, options=options) as session:
        uri = session.open("a.py", CODE)
        await session.diagnostics(uri)
        changed = {"nablint": {"inputRang": 3}}
        session.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(changed))
        session.replace(uri, CODE)
        await session.diagnostics(uri)
        (said,) = session.logged("inputRang")
        assert "input-range" in said


@pytest.mark.parametrize(
    "text", ["[tool.nablint]\ninput-rang = 1\n", "[tool.nablint", "[tool.nablint]\nxla = 3\n", "\xff"]
)
@pytest.mark.asyncio
async def test_a_wrong_file_is_said_and_the_server_lives(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    async with editor(tmp_path) as session:
        uri = session.open("a.py", CODE)
        assert len(await session.diagnostics(uri)) == 3
        assert len(session.logged("pyproject.toml")) == 1


@pytest.mark.asyncio
async def test_too_many_lines(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.nablint]\nmax-lines = 2\n")
    async with editor(tmp_path) as session:
        uri = session.open("a.py", CODE)
        assert not await session.diagnostics(uri)
        assert len(session.logged("more lines than max-lines (2)")) == 1


@pytest.mark.asyncio
async def test_a_rule_that_does_not_exist_is_said_once(tmp_path: Path) -> None:
    async with editor(tmp_path, options={"settings": {"ignore": ["overfow"]}}) as session:
        uri = session.open("a.py", CODE)
        await session.diagnostics(uri)
        session.replace(uri, CODE + "\n")
        await session.diagnostics(uri)
        said = ["select and ignore of nablint: there is no rule 'overfow'. Did you mean 'overflow'?"]
        assert session.logged("overfow") == said


@pytest.mark.asyncio
async def test_excluded_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/pyproject.toml").write_text('[tool.nablint]\nexclude = ["/made/", "*_pb2.py"]\n')
    async with editor(tmp_path) as session:
        for name, count in {
            "build/a.py": 0,
            ".venv/lib/keras/activations.py": 0,
            "built/a.py": 3,
            "project/made/a.py": 0,
            "project/sub/made/a.py": 3,
            "project/sub/a_pb2.py": 0,
            "project/build/a.py": 3,
        }.items():
            assert len(await session.diagnostics(session.open(name, CODE))) == count, name


@pytest.mark.asyncio
async def test_the_editor_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.nablint]\nmax-lines = 2\n")
    async with editor(tmp_path) as session:
        uri = session.open("a.py", CODE)
        assert not await session.diagnostics(uri)
        changed = {"nablint": {"maxLines": 5}}
        session.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(changed))
        await session.pushed(uri, count=3)


@pytest.mark.asyncio
async def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    async with editor(tmp_path) as session:
        uri = session.open("a.py", CODE)
        await session.pushed(uri, count=3)
        path = tmp_path / "pyproject.toml"
        path.write_text("[tool.nablint]\nmax-lines = 2\n")
        event = t.FileEvent(path.as_uri(), t.FileChangeType.Created)
        session.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams([event]))
        await session.pushed(uri, count=0)


@pytest.mark.asyncio
async def test_the_client_is_asked(tmp_path: Path) -> None:
    configuration = {"nablint": {"maxLines": 2}}
    async with editor(tmp_path, "visual-studio-code", configuration=configuration) as session:
        uri = session.open("a.py", CODE)
        await until(lambda: session.client.diagnostic_refresh_count)
        assert not await session.diagnostics(uri)


def test_the_project_has_a_python_where_no_setting_names_one() -> None:
    server = Server()
    server.options = options_of({"python": "/project/python", "pictures": True})
    adopt(server, {"interpreter": ""})
    assert (server.interpreter, server.options.pictures) == ("/project/python", True)
    adopt(server, {"interpreter": "/set/python"})
    assert server.interpreter == "/set/python"


@pytest.mark.parametrize(
    ("theirs", "sentence"),
    [
        (None, ""),
        (VERSION, ""),
        ("1", ""),
        (VERSION + 1, "update Nablint with `pip install --upgrade nablint`."),
        (VERSION - 2, "update the editor's extension."),
    ],
)
def test_a_client_of_another_version_is_told_in_one_sentence(theirs: object, sentence: str) -> None:
    said = mismatch(options_of({"protocol": theirs}).protocol)
    assert said.endswith(sentence)
    assert bool(said) == bool(sentence)


@pytest.mark.asyncio
async def test_another_version_is_shown_and_all_works(tmp_path: Path) -> None:
    async with editor(tmp_path, options={"protocol": VERSION + 1}) as session:
        uri = session.open("a.py", CODE)
        assert len(await session.diagnostics(uri)) == 3
        (shown,) = session.client.messages
        assert shown.message == mismatch(VERSION + 1)


@pytest.mark.asyncio
async def test_nothing_runs_in_a_workspace_that_is_not_trusted(tmp_path: Path) -> None:
    async with editor(tmp_path, options={"trusted": False}) as session:
        uri = session.open("a.py", "def f(x):\n    return tf.exp(x)\n")
        report = await session.request("nablint/probe", {"uri": uri, "name": "f"})
        assert report.failure == "The probe runs the activation, so it needs a trusted workspace."
        assert not session.events
        assert len(await session.diagnostics(uri)) == 1, "reading it is fine"


def test_each_rule_has_a_file_of_its_name() -> None:
    assert config.rule_names() == {rule.name for rule in RULES}
