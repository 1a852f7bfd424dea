"""Every format that a service reads, held against its schema or given to a real consumer."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname
from xml.etree import ElementTree as ET

import fastjsonschema
import pytest
from commandline import FIXED, SOFTPLUS, STEP, Ran, notebook, write
from commandline import run as run_once
from junitparser import Error, Failure, JUnitXml
from markdown_it import MarkdownIt

from nablint.finding import Edit, Fix, apply_edits
from nablint.source import Source, Span

SARIF = Path(__file__).parents[2] / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"

HELPER = (
    "import tensorflow as tf\n\n\ndef up(x):\n    return tf.exp(x / 10)\n\n\n"
    "def soft(x):\n    return tf.math.log(1 + up(100 * x))\n"
)
HALF = STEP + "\n\ndef half(x)\n    return x\n"

GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)[^\\\\]+$"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}
"""What GitLab's documentation asks of a code quality report."""


def run(folder: Path, *arguments: str) -> Ran:
    """`nablint ARGUMENTS` in `folder`, where each text is analysed once."""
    return run_once(folder, *arguments, cache=folder.parent / "cache")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {
        "models/a b,ü.py": SOFTPLUS,
        "models/helper.py": HELPER,
        "half.py": HALF,
        "a.ipynb": notebook("import tensorflow as tf", STEP),
        "latin.py": b"# \xe9\nimport keras\n",
        "none.py": "x = 1\n",
    }
    return write(tmp_path_factory.mktemp("project"), files)


@pytest.fixture(scope="module")
def found(folder: Path) -> list[dict[str, Any]]:
    whole = json.loads(run(folder, "check", "--output-format", "json", ".").out)
    return list(whole["findings"])


@cache
def validator() -> Any:
    return fastjsonschema.compile(json.loads(SARIF.read_text(encoding="utf-8")), use_default=False)


@pytest.fixture(scope="module")
def sarif(folder: Path) -> dict[str, Any]:
    whole = json.loads(run(folder, "check", "--output-format", "sarif", ".").out, parse_constant=pytest.fail)
    validator()(whole)
    return dict(whole["runs"][0])


def test_sarif_has_every_finding_at_its_place(sarif: dict[str, Any], found: list[dict[str, Any]]) -> None:
    assert len(sarif["results"]) == len(found) >= 4
    for result, finding in zip(sarif["results"], found, strict=True):
        assert result["ruleId"] == finding["rule"]
        assert sarif["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == finding["rule"]
        physical = result["locations"][0]["physicalLocation"]
        assert unquote(physical["artifactLocation"]["uri"]) == finding["path"]
        if finding["cell"] is None:
            region = physical["region"]
            assert (region["startLine"], region["startColumn"]) == tuple(finding["start"].values())
            assert (region["endLine"], region["endColumn"]) == tuple(finding["end"].values())
        else:
            assert "region" not in physical
            assert result["message"]["text"].startswith(f"cell {finding['cell']}, line ")


def test_sarif_rules_are_explained(sarif: dict[str, Any]) -> None:
    for rule in sarif["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}\n")
        assert_opens(rule["helpUri"])


def test_sarif_tells_the_cause_in_a_helper(sarif: dict[str, Any]) -> None:
    related = [result for result in sarif["results"] if "relatedLocations" in result]
    assert [r["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] for r in related] == [5]


def test_sarif_fix_can_be_applied(sarif: dict[str, Any], folder: Path) -> None:
    (result,) = (r for r in sarif["results"] if r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
                 "models/a%20b%2C%C3%BC.py")  # fmt: skip
    (change,) = result["fixes"][0]["artifactChanges"]
    edits = tuple(Edit(span(r["deletedRegion"]), r["insertedContent"]["text"]) for r in change["replacements"])
    assert apply_edits(Source("", SOFTPLUS), Fix("", edits).edits).text == FIXED


def span(region: dict[str, int]) -> Span:
    start = region["startLine"] - 1, region["startColumn"] - 1
    return Span(start, (region["endLine"] - 1, region["endColumn"] - 1))


def test_sarif_tells_what_could_not_be_checked(sarif: dict[str, Any]) -> None:
    (invocation,) = sarif["invocations"]
    assert invocation["executionSuccessful"] is True
    texts = [notice["message"]["text"] for notice in invocation["toolExecutionNotifications"]]
    assert [text.partition(" ")[0] for text in texts] == ["half.py", "latin.py"]


def test_sarif_fingerprints_stay_when_lines_move(folder: Path, tmp_path: Path, sarif: dict[str, Any]) -> None:
    write(tmp_path, {"models/a b,ü.py": f"# one\n# more\n{SOFTPLUS}\n\n{SOFTPLUS}", "models/helper.py": HELPER})
    moved = json.loads(run(tmp_path, "check", "--output-format", "sarif", ".").out)["runs"][0]
    before, after = (fingerprints(whole) for whole in (sarif, moved))
    assert len(set(after)) == len(after)
    assert len(set(after) - set(before)) == 1
    assert set(after) & set(before)


def fingerprints(whole: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"]["nablint/v1"] for result in whole["results"]]


def assert_opens(url: str) -> None:
    """The rule's page is there, with its own section."""
    parts = urlparse(url)
    assert parts.scheme == "file"
    page = Path(url2pathname(parts.path)).read_text(encoding="utf-8")
    assert f"\n## {parts.fragment}\n" in page


def test_urls_open(found: list[dict[str, Any]]) -> None:
    for finding in found:
        assert_opens(finding["url"])


def test_gitlab(folder: Path, found: list[dict[str, Any]]) -> None:
    issues = json.loads(run(folder, "check", "--output-format", "gitlab", ".").out)
    fastjsonschema.validate(GITLAB, issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(found) + 2
    told = [(i["check_name"], i["location"]["path"]) for i in issues if i["check_name"] != "not-checked"]
    assert told == [(finding["rule"], finding["path"]) for finding in found]


def test_junit(folder: Path, tmp_path: Path, found: list[dict[str, Any]]) -> None:
    ran = run(folder, "check", "--output-format", "junit", "--output-file", str(tmp_path / "junit.xml"), ".")
    assert (ran.status, ran.out) == (1, "")
    report = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (report.tests, report.failures, report.errors) == (len(found) + 3, len(found), 2)
    cases = [case for suite in report for case in suite]
    assert len({(case.classname, case.name) for case in cases}) == len(cases)
    results = [result for case in cases for result in case.result]
    assert sorted({type(result) for result in results}, key=repr) == sorted([Failure, Error], key=repr)
    assert [suite.name for suite in report if not suite.failures + suite.errors] == ["none.py"]


def test_junit_holds_nothing_that_xml_refuses(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS.replace("sharp(x)", "sharp(x, name='\x0b\ufffe<&')")})
    assert ET.fromstring(run(tmp_path, "check", "--output-format", "junit", "a.py").out).tag == "testsuites"


def test_markdown(folder: Path, found: list[dict[str, Any]]) -> None:
    ran = run(folder, "check", "--output-format", "markdown", ".")
    html = MarkdownIt("commonmark").enable("table").render(ran.out)
    assert html.count("<h3>") == len({finding["rule"] for finding in found}) + 1
    assert html.count("<tr>") == len(found) + html.count("<table>")
    assert html.count("<td>") == 4 * len(found)
    assert "models/a b,ü.py, line 5</code>" in html
    assert "x &gt; 88.72" in html
    assert "<li>latin.py: is not valid UTF-8: byte 0xe9 on line 1.</li>" in html


EMPTY = {
    "text": "Nothing found in 1 file.\n",
    "json-lines": "",
    "github": "",
    "gitlab": "[]\n",
    "markdown": "## Nablint\n\nNothing found in 1 file.\n",
}


@pytest.mark.parametrize(("name", "output"), EMPTY.items(), ids=EMPTY)
def test_nothing_found(folder: Path, name: str, output: str) -> None:
    assert run(folder, "check", "--output-format", name, "none.py").out == output


def test_output_file_has_no_colours_and_is_whole_or_not_there(folder: Path, tmp_path: Path) -> None:
    ran = run(folder, "check", "--output-file", str(tmp_path / "out.txt"), "models")
    assert (ran.status, ran.out) == (1, "")
    assert (tmp_path / "out.txt").read_text().startswith("models/a b,ü.py:5:28: warning overflow: ")
    ran = run(folder, "check", "--output-file", str(tmp_path / "no/where.txt"), "models")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"nablint: {tmp_path / 'no/where.txt'} cannot be written: No such file or directory.\n"


COLOURS = {"nothing": ({}, False), "forced": ({"FORCE_COLOR": "1"}, True), "refused": ({"NO_COLOR": "1"}, False)}


@pytest.mark.parametrize(("environment", "coloured"), COLOURS.values(), ids=COLOURS)
def test_colours(folder: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[33mwarning\x1b[0m" in run(folder, "check", "models").out) == coloured
