"""Real editors, each driven by a script that prints one JSON object."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SETUP = "run `npm run setup`"

# One group: two of these at once would only slow each other down.
pytestmark = [pytest.mark.editor, pytest.mark.timeout(420), pytest.mark.xdist_group("editor")]

FIXED = "return tf.math.softplus(scale * x)"


def drive(*command: str | Path, cwd: Path, **variables: str) -> dict[str, Any]:
    """What a script says of the editor that it drove; a script that could not drive it fails the test."""
    program = shutil.which(str(command[0]))
    assert program is not None, f"{command[0]} is missing: {SETUP}"
    # Its own session, so that whatever it leaves behind can be ended with it.
    # A probe that says why there is none takes as much of an editor as one that runs TensorFlow.
    without = str(Path(sys.base_prefix, "bin", "python3"))
    known = {"NABLINT_EDITOR_PYTHON": sys.executable, "NABLINT_EDITOR_PROBE": without}
    environment = {**known, **os.environ, **variables}
    child = subprocess.Popen(
        [program, *map(str, command[1:])],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=400)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, 15)
            child.communicate()
    lines = [line for line in output.splitlines() if line.startswith("{")]
    assert lines, f"{command[0]} said nothing:\n{output}\n{errors[:3000]}"
    outcome: dict[str, Any] = json.loads(lines[-1])
    assert outcome.pop("ok"), outcome["error"]
    return outcome


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copy(HERE / "workspace" / "model.py", tmp_path))


@pytest.fixture(scope="session")
def vsix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension, packed anew."""
    subprocess.run(["node", ROOT / "client/scripts/package.mjs"], check=True, timeout=300)
    return ROOT / "dist" / "nablint.vsix"


@pytest.mark.tensorflow
def test_vscode_by_hand(vsix: Path, tmp_path: Path) -> None:
    outcome = drive("node", HERE / "flow.mjs", tmp_path, cwd=ROOT)
    before, after = outcome["before"], outcome["after"]
    assert outcome["drawn"] == [360, 200], "the hover shows no picture"
    assert "8.872 in float32" in before["verdict"]
    assert before["colors"] > 20, "the curve is not drawn"
    assert len(before["rows"]) == 14
    assert any("∞" in row for row in before["rows"])
    assert "learning rate 0.01: loss" in before["training"][0]
    assert "overflow in line 5: confirmed" in before["findings"][0]
    assert FIXED in outcome["file"]
    assert not any("∞" in row or "NaN" in row for row in after["rows"]), "the fixed function still fails"
    assert "8.872 in float32" in after["was"], "the panel does not say what was before the fix"
    assert outcome["reloaded"] == after


def test_vscode_by_api(vsix: Path, tmp_path: Path, subtests: pytest.Subtests) -> None:
    cases = drive("node", HERE / "host.mjs", tmp_path, cwd=ROOT)["cases"]
    assert len(cases) >= 12
    for name, verdict in cases.items():
        with subtests.test(name):
            assert verdict == "ok"


def test_vscode_without_trust(vsix: Path, tmp_path: Path) -> None:
    outcome = drive("node", HERE / "untrusted.mjs", tmp_path, cwd=ROOT)
    assert "needs a trusted workspace" in outcome["said"]
    assert outcome["panels"] == 0


def test_vscode_brings_nablint_along(vsix: Path, tmp_path: Path) -> None:
    """Wheel and extension in clean places: no Python has nablint, and the packages that it needs come from here."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    packages = str(Path(pytest.__file__).parents[1])
    variables = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": packages, "PIP_NO_DEPS": "1"}
    outcome = drive("node", HERE / "bundled.mjs", tmp_path, cwd=ROOT, **variables)
    installed = Path(outcome["installed"])
    command = [installed / "bin" / "nablint", "check", "model.py"]
    done = subprocess.run(
        command, cwd=HERE / "workspace", env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "overflow" in done.stdout
    assert len([*installed.rglob("nablint/RULES.md")]) == 1
    assert len([*installed.rglob("nablint/report/page.html")]) == 1


@pytest.mark.tensorflow
def test_start() -> None:
    """One command sets up, checks, probes and opens the editor; here it ends once the editor is up."""
    environment = {**os.environ, "NABLINT_START_ONCE": "1"}
    command = ["npm", "start"]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in ("no-gradient", "overflow", "mixed-dtype", "XLA", "VS Code is at  http://127.0.0.1:"):
        assert expected in done.stdout
    assert "corrected.py" not in done.stdout


def test_neovim(model: Path) -> None:
    command = ["--headless", "--clean", "-c", f"luafile {HERE / 'neovim.lua'}", model.name]
    check_plain_editor(drive("nvim", *command, cwd=model.parent), model)


def test_emacs(model: Path) -> None:
    command = ["--batch", "-Q", "-l", HERE / "eglot.el", model.name]
    check_plain_editor(drive("emacs", *command, cwd=model.parent), model)


def check_plain_editor(outcome: dict[str, Any], model: Path) -> None:
    """Diagnostics, hover, fix and probe arrived in an editor that knows nothing of nablint."""
    assert "overflow" in outcome["message"]
    assert "float32" in outcome["hover"]
    assert "softplus" in outcome["action"]
    assert "TensorFlow" in outcome["probe"]
    assert FIXED in model.read_text()
