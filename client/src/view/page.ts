// The file that `nablint probe --report` writes: reports that lie in the page, and nothing that comes from elsewhere.
import type { Report } from "../protocol";
import { byId, el } from "./dom";
import { FIRST_LOOK, type Look } from "./look";
import { sheet, type Sheet } from "./sheet";
import "./panel.css";
import "./page.css";

interface Entry {
    path: string;
    line: number;
    /** `trains`, `fails` or `not-probed`. */
    outcome: string;
    report: Report;
}

const MARKS: Record<string, string> = { trains: "✓", fails: "✗", "not-probed": "?" };

const entries: Entry[] = JSON.parse(byId("reports").textContent ?? "[]");
let chosen = 0;
let look: Look = FIRST_LOOK;
const view: Sheet = sheet((part) => {
    look = { ...look, ...part };
    render();
});
const buttons = entries.map((entry, index) => {
    const mark = el("span", { className: `mark ${entry.outcome}` }, MARKS[entry.outcome] ?? "");
    const place = el("span", { className: "small" }, ` ${entry.path}:${entry.line}`);
    const button = el("button", { type: "button" }, mark, " ", entry.report.name, place);
    button.addEventListener("click", () => {
        chosen = index;
        look = { ...look, dtype: undefined, window: undefined };
        render();
    });
    return button;
});
if (entries.length > 1) document.body.append(el("nav", { ariaLabel: "Functions" }, ...buttons));
document.body.append(view.element);
render();

function render(): void {
    const entry = entries[chosen];
    if (entry === undefined) return;
    const { report } = entry;
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === chosen)));
    const phase = report.failure === "" ? "done" : "failed";
    view.show({ report, before: undefined, look, verdict: report.failure || report.verdict, phase, stale: "" });
}
