"""The page of a probe: whole in itself, and whatever a report holds stays text in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from commandline import SOFTPLUS, run, write

from nablint.probe.protocol import Agreement, Breach, Check, Region, Report, Run, Training
from nablint.report.page import Probed, page, template

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--<!-- {reports} -->&lt;\u2028\"'`${x}\ud800"


class Seen(HTMLParser):
    """The elements of a page, and the texts of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": [], "pre": []}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", {}))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in self.texts:
            self.texts[self.tags[-1][0]].append(data)


def hostile() -> Report:
    """A report with such text wherever one can hold the user's words."""
    run = Run("eager", "float32", value=(Region(1.0, 2.0, "inf", HOSTILE),), error=HOSTILE, x=(0.0,), y=("nan",))
    return Report(
        HOSTILE,
        (run,),
        training=Training(messages=(HOSTILE,), unmoved=(HOSTILE,)),
        prints=HOSTILE,
        assumed=(HOSTILE,),
        versions={"python": HOSTILE},
        verdict=HOSTILE,
        checks=(Check("config", "raises", HOSTILE),),
        breaches=(Breach("float32", "value", "inf", ((1.0,),), (HOSTILE,), 1.0),),
        agreements=(Agreement("overflow", HOSTILE, 1, "not-confirmed", HOSTILE, HOSTILE),),
        imports=(HOSTILE,),
    )


def test_hostile_text_stays_text() -> None:
    harmless = Seen(page([Probed("a.py", 1, Report("f"))], template()))
    seen = Seen(page([Probed(HOSTILE, 1, hostile())], template()).encode("utf-8", "replace").decode())
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in harmless.tags], "markup came in"
    assert "alert(1)" in "".join(seen.texts["title"]) + "".join(seen.texts["pre"])
    (data,) = [text for text in seen.texts["script"] if text.startswith("[")]
    (entry,) = json.loads(data)
    told = HOSTILE.encode("utf-8", "replace").decode()
    assert (entry["path"], entry["report"]["name"], entry["report"]["runs"][0]["error"]) == (told, told, told)
    assert entry["outcome"] == "fails"


def test_page_loads_nothing_and_runs_its_own_script_alone() -> None:
    seen = Seen(page([Probed("a.py", 1, Report("f"))], template()))
    assert not [attributes for _, attributes in seen.tags if {"src", "href", "srcset"} & attributes.keys()]
    assert not re.search(r"url\((?!#)|@import", "".join(seen.texts["style"]))
    (policy,) = [str(a["content"]) for tag, a in seen.tags if tag == "meta" and "http-equiv" in a]
    (script,) = [text for text in seen.texts["script"] if "uPlot" in text]
    (style,) = seen.texts["style"]
    for text in (script, style):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
        assert "Permission is hereby granted" in text, "the licence of uPlot"
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_numbers_that_json_lacks() -> None:
    report = Report("f", (Run("eager", "float32", x=(float("-inf"), 1.0), y=(float("nan"), 2.0)),))
    text = page([Probed("a.py", 1, report)], template())
    data = next(part for part in Seen(text).texts["script"] if part.startswith("["))
    assert json.loads(data, parse_constant=pytest.fail)[0]["report"]["runs"][0]["y"] == ["nan", 2.0]


def test_page_that_cannot_be_written(tmp_path) -> None:
    """Told before anything is probed."""
    write(tmp_path, {"a.py": SOFTPLUS})
    for name, sentence in {"no/out.html": "there is no such folder", ".": "it is a folder"}.items():
        ran = run(tmp_path, "probe", "--report", name, "a.py::sharp")
        assert (ran.status, ran.err) == (2, f"nablint: {name} cannot be written: {sentence}.\n")
