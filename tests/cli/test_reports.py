"""Reports are functions from values to text: here are values, and what they read like."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from commandline import notebook as ipynb
from commandline import shaped

from nablint import notebook
from nablint.finding import Edit, Finding, Fix, Safety, Severity, Witness
from nablint.probe.protocol import Region, Report, Run, Training
from nablint.report import github, probe, text
from nablint.report import json as json_report
from nablint.report.chart import chart
from nablint.report.checked import Checked, Trouble
from nablint.source import Source, Span

CODE = "import tensorflow as tf\n\ndef f(x):\n\treturn tf.exp('漢', x)  # e\u0301\n"
SPAN = Span((3, 8), (3, 22))
FINDING = Finding(
    "overflow",
    SPAN,
    "exp overflows: 100 % of it.\nOr not.",
    Severity.WARNING,
    "f",
    Witness({"x": 88.73, "y": [[float("-inf"), 1.0]]}, "float32", "eager", float("inf"), float("nan")),
    {"float32": 88.73, "float16": 11.1},
    fixes=(Fix("Use less", (Edit(SPAN, "x"),)), Fix("Use more", (Edit(SPAN, "y"),), Safety.CHANGES_VALUES)),
)
CHECKED = Checked(Source("models/act, 1:2.py", CODE), (FINDING,), (Trouble("b.py", "is odd."),))


def test_text() -> None:
    assert list(text.finding_lines(CHECKED, FINDING)) == [
        "models/act, 1:2.py:4:9: warning overflow: exp overflows: 100 % of it.·Or not.",
        "        return tf.exp('漢', x)  # e\u0301",
        "               ^^^^^^^^^^^^^^^",
        "  fix: Use less",
        "  fix: Use more (changes values)",
    ]


CARETS = {
    "in the middle": ("abc = d", Span((0, 4), (0, 5)), "    ^"),
    "empty": ("abc", Span((0, 1), (0, 1)), " ^"),
    "beyond the line": ("abc", Span((0, 3), (0, 9)), "   ^"),
    "several lines": ("f(a,\n  b)", Span((0, 0), (1, 4)), "^^^^"),
    "combining": ("e\u0301 + x", Span((0, 5), (0, 6)), "    ^"),
    "control character": ("a\x1b[2Jb", Span((0, 5), (0, 6)), "     ^"),
}


@pytest.mark.parametrize(("code", "span", "carets"), CARETS.values(), ids=CARETS)
def test_carets(code: str, span: Span, carets: str) -> None:
    assert text.carets(Source("", code), span) == carets


SUMMARIES = {
    "nothing": ((), 0, "Nothing found in 1 file."),
    "one": ((replace(FINDING, fixes=()),), 0, "1 finding (1 warning) in 1 file."),
    "safe": ((FINDING, FINDING), 0, "2 findings (2 warnings) in 1 file — 2 fixed by `nablint fix`."),
    "unsafe": (
        (replace(FINDING, severity=Severity.ERROR, fixes=FINDING.fixes[1:]),),
        2,
        "1 finding (1 error) in 1 file — 1 fixed by `nablint fix --unsafe-fixes`."
        " 2 problems kept code from being checked.",
    ),
    "both": (
        (FINDING, replace(FINDING, severity=Severity.INFORMATION, fixes=FINDING.fixes[1:])),
        0,
        "2 findings (1 warning, 1 remark) in 1 file — 1 fixed by `nablint fix`, 1 more with --unsafe-fixes.",
    ),
}


@pytest.mark.parametrize(("findings", "troubles", "line"), SUMMARIES.values(), ids=SUMMARIES)
def test_summary(findings: tuple[Finding, ...], troubles: int, line: str) -> None:
    assert text.summary(1, findings, troubles) == line


def test_text_of_a_helper() -> None:
    inlined = replace(FINDING, origin=Span((0, 7), (0, 17)), fixes=())
    assert list(text.finding_lines(CHECKED, inlined))[3:] == ["  caused by line 1: import tensorflow as tf"]


def test_statistics() -> None:
    other = replace(FINDING, rule="no-gradient", severity=Severity.ERROR)
    assert list(text.statistics([other, *[FINDING] * 10])) == ["10  overflow     warning", " 1  no-gradient  error"]


def test_json() -> None:
    found = shaped(json_report.document([CHECKED]))
    (finding,) = found["findings"]
    assert finding["witness"] == {
        "inputs": {"x": 88.73, "y": [["-inf", 1.0]]},
        "dtype": "float32",
        "mode": "eager",
        "value": "inf",
        "gradient": "nan",
    }
    assert (finding["start"], finding["end"]) == ({"line": 4, "column": 9}, {"line": 4, "column": 23})
    assert [fix["safety"] for fix in finding["fixes"]] == ["safe", "changes-values"]
    assert found["errors"] == [{"path": "b.py", "cell": None, "start": None, "message": "is odd."}]


def test_json_of_a_rule_that_is_not_numeric() -> None:
    plain = replace(FINDING, witness=None, thresholds={}, fixes=())
    (finding,) = shaped(json_report.document([replace(CHECKED, findings=(plain,))]))["findings"]
    assert (finding["witness"], finding["thresholds"], finding["fixes"]) == (None, {}, [])


def test_json_lines() -> None:
    kinds = [json.loads(line)["kind"] for line in json_report.lines(CHECKED)]
    assert kinds == ["finding", "error"]


def test_notebook_places() -> None:
    cells = notebook.read(ipynb("import tensorflow as tf", "%time\ny = f(x)"))
    inside = replace(
        FINDING, span=Span((2, 4), (2, 8)), fixes=(Fix("Add", (Edit(Span((0, 0), (0, 0)), "import a\n"),)),)
    )
    checked = Checked(Source("a.ipynb", cells.text), (inside,), (Trouble("a.ipynb", "is odd.", (1, 0)),), cells)
    found = shaped(json_report.document([checked]))
    (finding,) = found["findings"]
    assert (finding["cell"], finding["start"]) == (3, {"line": 2, "column": 5})
    assert [edit["cell"] for edit in finding["fixes"][0]["edits"]] == [2]
    assert found["errors"][0]["start"] == {"line": 1, "column": 1}
    assert next(text.finding_lines(checked, inside)).startswith("a.ipynb:cell 3:2:5: warning overflow: ")
    assert text.trouble_line(checked, 0) == "a.ipynb:cell 3:1:1: is odd."
    assert next(github.lines(checked)).endswith("::cell 3, line 2: exp overflows: 100 %25 of it.%0AOr not.")


def test_github() -> None:
    name = "models/act%2C 1%3A2.py"
    assert list(github.lines(CHECKED)) == [
        f"::warning file={name},line=4,endLine=4,col=9,endColumn=23,title=nablint%3A overflow"
        "::exp overflows: 100 %25 of it.%0AOr not.",
        "::error file=b.py,title=nablint::is odd.",
    ]


RUNS = {
    "fine": (Run("eager", "float32"), "float32    eager     finite                       finite", False),
    "overflow": (
        Run("xla", "float16", (Region(11.1, 100.0, "inf"), Region(-1.0, -1.0, "nan")), (Region(-99.0, -50.0, "nan"),)),
        "float16    XLA       inf for x ≥ 11.1 and 1 more  NaN for x ≤ -50",
        True,
    ),
    "within": (
        Run("eager", "float32", (Region(-1.0, 2.0, "-inf"),), gradient="none", dtype_out="float64", shape_kept=False),
        "float32    eager     -inf for -1 ≤ x ≤ 2          None  (gives float64)  (changes the shape)",
        True,
    ),
    "wrong": (
        Run("function", "float64", gradient="wrong", wrong=((1.0, 0.5, 2.0),), upstream=False),
        "float64    graph     finite                       0.5 at 1, derivative 2  (ignores the incoming gradient)",
        True,
    ),
    "a row": (
        Run("eager", "float32", (Region(1.0, 1.0, "nan", "zeros"),)),
        "float32    eager     NaN for zeros × = 1          finite",
        True,
    ),
    "raises": (Run("eager", "float16", error="TypeError: no"), "float16    eager     raises TypeError: no", True),
}


@pytest.mark.parametrize(("run", "row", "breaks"), RUNS.values(), ids=RUNS)
def test_probe_row(run: Run, row: str, breaks: bool) -> None:
    assert probe.row(run) == row
    assert probe.breaks(Report("f", (run,))) == breaks


TRAININGS = {
    "fine": (Training(0.5), ["training  loss 0.5 after one step"], False),
    "frozen": (
        Training(0.5, unmoved=("dense/kernel",), messages=("Gradients do\n not exist.",)),
        [
            "training  loss 0.5 after one step",
            "          did not move: dense/kernel",
            "          Gradients do not exist.",
        ],
        False,
    ),
    "diverged": (
        Training("nan", finite=False, not_finite=("dense/bias",)),
        ["training  loss NaN after one step", "          became NaN or infinite: dense/bias"],
        True,
    ),
    "raised": (Training(error="ValueError: No gradients"), ["training  raises ValueError: No gradients"], True),
}


@pytest.mark.parametrize(("training", "lines", "breaks"), TRAININGS.values(), ids=TRAININGS)
def test_probe_training(training: Training, lines: list[str], breaks: bool) -> None:
    assert list(probe.training_lines(training)) == lines
    assert probe.breaks(Report("f", training=training)) == breaks


def test_probe_report_is_json() -> None:
    report = Report("f", (Run("eager", "float32", x=(0.0, 1.0), y=("nan", 1.0), dy=(1.0, "inf")),), Training("nan"))
    found = json.loads(probe.document(report), parse_constant=pytest.fail)
    assert found["version"] == 1
    assert found["runs"][0]["y"] == ["nan", 1.0]


def test_probe_conclusion() -> None:
    run = Run("eager", "float32", x=(-8.0, 0.0, 8.0), y=(-1.0, 0.0, 1.0), dy=(1.0, 1.0, 1.0))
    report = Report("f", (run,), None, "hello\nyou\n", ("alpha=1.0",), {"tensorflow": "2.21.0"}, verdict="Trains.")
    lines = list(probe.conclusion(report))
    assert lines[-5:] == ["Printed by the code:", "  hello", "  you", "f: Trains.", "(TensorFlow 2.21.0)"]
    assert "Assumed: alpha=1.0." in lines


def test_chart() -> None:
    drawn = list(chart((-8.0, 0.0, 8.0, 9.0), (-1.0, 0.0, 1.0, 99.0), (1.0, "nan", 1.0, 1.0), ()))
    assert [line.strip() for line in drawn] == [
        "1 ┤·" + " " * 59 + "◆",
        "┤", "┤", "┤",
        "┤" + " " * 30 + "●",
        "┤", "┤", "┤",
        "-1 ┤●",
        "└" + "─" * 61,
        "-8" + " " * 28 + "0" + " " * 29 + "8",
        "● value   · gradient   ◆ both",
    ]  # fmt: skip
    assert list(chart((0.0,), ("nan",), ("nan",), ())) == []


def test_chart_shades_where_it_breaks() -> None:
    """And reaches as far as needed to show where that begins."""
    far = list(chart((-8.0, 0.0, 8.0), (0.0, 1.0, 2.0), (), (Region(12.0, 100.0, "inf"), Region(0.0, 0.0, "nan"))))
    near = list(chart((-8.0, 0.0, 8.0), (0.0, 1.0, 2.0), (), (Region(12.0, 100.0, "inf"),)))
    assert (far[1].count("░"), far[1].index("░")) == (1, len(" " * 9 + " ┤") + 30), "a single input is one column"
    assert (near[1].count("░"), near[1][-8:]) == (8, "░" * 8)
    assert near[-1].strip() == "● value   · gradient   ◆ both   ░ not finite"
    assert (far[-2].split(), near[-2].split()) == (["-8", "0", "8"], ["-16", "0", "16"])
