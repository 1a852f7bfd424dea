import type uPlot from "uplot";
import type { FromView, ToView } from "../messages";
import type { Run, Training } from "../protocol";
import { byId, el, type Child } from "./dom";
import { RANGES, draw, fitting } from "./plot";
import { next, restored, type Phase, type State } from "./state";
import { table } from "./table";
import { number } from "./words";
import "./panel.css";

declare function acquireVsCodeApi(): {
    postMessage(message: FromView): void;
    getState(): State | undefined;
    setState(state: State): void;
};

/** What the verdict says while the report says nothing. */
const UNSAID: Record<Phase, string> = {
    empty: "Run a probe to see a report here.",
    running: "Probing …",
    done: "The probe found nothing to say.",
    cancelled: "Cancelled.",
    interrupted: "A reload interrupted the probe.",
    failed: "The probe gave no report.",
};

const vscode = acquireVsCodeApi();
let state: State = restored(vscode.getState());
let plot: uPlot | undefined;

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => update(next(state, data)));
new ResizeObserver(drawFigure).observe(byId("figure"));
// VS Code changes these when the theme changes.
new MutationObserver(drawFigure).observe(document.body, { attributes: true, attributeFilter: ["class"] });
byId("again").addEventListener("click", () => {
    if (state.target !== undefined) vscode.postMessage({ kind: "again", target: state.target });
});
const ranges = RANGES.map(rangeChoice);
byId("ranges").append(...ranges.map(({ input, range }) => el("label", {}, input, `|x| ≤ ${range}`)));
render();
vscode.postMessage({ kind: "ready" });

function update(changed: State): void {
    state = changed;
    vscode.setState(state);
    render();
}

function render(): void {
    const { phase, report, target } = state;
    byId("name").textContent = report.name || "Probe";
    byId("verdict").textContent = report.failure || report.verdict || UNSAID[phase];
    byId("verdict").className = phase;
    byId("again").hidden = target === undefined || phase === "running";
    byId("table").replaceChildren(...(report.runs.length > 0 ? [table(report.runs)] : []));
    byId("training").replaceChildren(...(report.training === null ? [] : training(report.training)));
    byId("details").replaceChildren(...details());
    drawFigure();
}

function drawFigure(): void {
    plot?.destroy();
    plot = undefined;
    const run = state.report.runs.find(({ x }) => x.length > 0);
    byId("figure").hidden = run === undefined;
    if (run === undefined) return;
    const range = state.range ?? fitting(run);
    for (const choice of ranges) choice.input.checked = choice.range === range;
    byId("plot").setAttribute("aria-label", description(run));
    byId("caption").textContent = description(run);
    plot = draw(byId("plot"), run, range);
}

function rangeChoice(range: number): { range: number; input: HTMLInputElement } {
    const input = el("input", { type: "radio", name: "range" });
    input.addEventListener("change", () => update({ ...state, range }));
    return { range, input };
}

function description(run: Run): string {
    const fails = run.value.length + run.slope.length > 0 ? "; shaded where either is not finite" : "";
    return `${state.report.name} (line) and its slope (dashes), ${run.dtype}${fails}.`;
}

function training(step: Training): Child[] {
    const facts = [`Loss ${number(step.loss)}.`];
    if (step.unmoved.length > 0) facts.push(`Weights that did not move: ${step.unmoved.join(", ")}.`);
    if (step.not_finite.length > 0) facts.push(`Weights that are no longer finite: ${step.not_finite.join(", ")}.`);
    if (facts.length === 1 && step.error === "") facts.push("All weights moved.");
    const quotes = step.messages.map((text) => el("blockquote", {}, text));
    return [el("h2", {}, "One training step"), el("p", {}, facts.join(" ")), ...quotes];
}

function details(): Child[] {
    const { report } = state;
    const all: Child[] = [];
    if (report.assumed.length > 0) all.push(el("p", {}, `Probed with ${report.assumed.join(", ")}.`));
    if (report.prints !== "") all.push(el("h2", {}, "Printed"), el("pre", {}, report.prints));
    const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
    if (versions.length > 0) all.push(el("p", { className: "small" }, versions.join(" · ")));
    return all;
}
