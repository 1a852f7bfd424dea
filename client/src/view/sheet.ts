// A report as a page: the same in the editor's panel and in a file.
import type { Agreement, Breach, Check, Report, Training } from "../protocol";
import { el, type Child } from "./dom";
import { figure } from "./figure";
import type { Look } from "./look";
import { table } from "./table";
import { number, rate } from "./words";

export interface Shown {
    report: Report;
    /** What an earlier probe said, before a fix. */
    before: Report | undefined;
    look: Look;
    verdict: string;
    /** The class of the verdict: `done`, `failed`, `running` and so on. */
    phase: string;
    /** Why what is shown no longer holds, or nothing. */
    stale: string;
}

export interface Sheet {
    element: HTMLElement;
    show(shown: Shown): void;
}

const MARKS: Record<string, string> = { confirmed: "✓", "not-confirmed": "✗", "not-tried": "–" };
const OUTCOMES: Record<string, string> = {
    confirmed: "confirmed",
    "not-confirmed": "not confirmed",
    "not-tried": "not tried",
};

/** The page, with `buttons` beside its title; `change` hears what the reader chooses. */
export function sheet(change: (part: Partial<Look>) => void, buttons: HTMLElement[] = []): Sheet {
    const name = el("h1", { id: "name" });
    const stale = el("p", { id: "stale", hidden: true, role: "status" });
    const verdict = el("p", { id: "verdict", role: "status" });
    const was = el("p", { id: "was", hidden: true });
    const curve = figure(change);
    const runs = el("section", { id: "table" });
    const rest = ["findings", "training", "keras", "search", "details"].map((id) => el("section", { id }));
    const body = el("div", { id: "report" }, verdict, was, curve.element, runs, ...rest);
    const header = el("header", {}, name, el("div", { className: "buttons" }, ...buttons));
    const element = el("main", {}, header, stale, body);
    let told: [Report, Report | undefined] | undefined;

    function show(shown: Shown): void {
        const { report, before } = shown;
        name.textContent = report.name || "Probe";
        verdict.textContent = shown.verdict;
        verdict.className = shown.phase === "done" && fails(report) ? "done bad" : shown.phase;
        stale.textContent = shown.stale;
        stale.hidden = shown.stale === "";
        body.className = shown.stale === "" ? "" : "old";
        was.hidden = before === undefined;
        was.replaceChildren("Before the fix: ", el("del", {}, before?.verdict ?? ""));
        curve.show(report, before, shown.look);
        // What a reader has opened or selected stays so while only the curve is looked at otherwise.
        if (told?.[0] === report && told[1] === before) return;
        told = [report, before];
        runs.replaceChildren(...(report.runs.length > 0 ? [table(report.runs, before?.runs ?? [])] : []));
        const parts = [findings(report.agreements), training(report), keras(report.checks), search(report.breaches)];
        [...parts, details(report)].forEach((children, index) => rest[index]?.replaceChildren(...children));
    }

    return { element, show };
}

/** Whether anything of it is to be mended: the same that `nablint probe` ends with status 1 for. */
function fails({ runs, training, checks, breaches }: Report): boolean {
    const lost = training !== null && (training.error !== "" || !training.finite || training.not_finite.length > 0);
    const changed = checks.some(({ outcome }) => outcome === "differs");
    const broken = runs.some(
        (run) =>
            run.error !== "" || run.value.length + run.slope.length > 0 || run.gradient !== "finite" || !run.upstream,
    );
    return lost || changed || breaches.length > 0 || broken;
}

function section(title: string, ...children: Child[]): Child[] {
    return [el("h2", {}, title), ...children];
}

function findings(all: Agreement[]): Child[] {
    if (all.length === 0) return [];
    const items = all.map((one) => {
        const mark = el("span", { className: `mark ${one.outcome}`, ariaHidden: "true" }, MARKS[one.outcome] ?? "");
        const outcome = el("strong", {}, OUTCOMES[one.outcome] ?? one.outcome);
        const head = el("code", {}, one.rule);
        const report = one.reproduction === "" ? [] : [reproduction(one.reproduction)];
        return el(
            "li",
            {},
            mark,
            " ",
            head,
            ` in line ${one.line + 1}: `,
            outcome,
            `. ${one.reason}`,
            el("p", {}, one.message),
            ...report,
        );
    });
    return section("Static findings, held against TensorFlow", el("ul", { className: "marks" }, ...items));
}

function reproduction(text: string): HTMLElement {
    const summary = el("summary", {}, "TensorFlow contradicts it: the text for a report to Nablint");
    return el("details", {}, summary, el("pre", {}, text));
}

function training({ training: main, trainings }: Report): Child[] {
    const all = main === null ? trainings : [main, ...trainings];
    return all.length === 0 ? [] : section("Training", ...all.flatMap(trained));
}

function trained(step: Training): Child[] {
    const how = `${step.mode === "eager" ? "With run_eagerly=True" : "In graph mode"}, ${rate(step.rate)}`;
    const [first] = step.losses;
    const steps = step.losses.length;
    const facts = [
        first !== undefined && steps > 1
            ? `${how}: loss ${number(first)} → ${number(step.loss)} in ${steps} steps.`
            : `${how}: loss ${number(step.loss)}.`,
    ];
    if (step.unmoved.length > 0) facts.push(`Weights that did not move: ${step.unmoved.join(", ")}.`);
    if (step.not_finite.length > 0) facts.push(`Weights that are no longer finite: ${step.not_finite.join(", ")}.`);
    if (facts.length === 1 && step.error === "") facts.push("All weights moved.");
    const quotes = step.messages.map((text) => el("blockquote", {}, text));
    return [el("p", {}, facts.join(" ")), ...quotes];
}

const CHECKS: Record<string, string> = {
    symbolic: "A call with a KerasTensor",
    config: "from_config",
    clone: "clone_model",
};

function keras(checks: Check[]): Child[] {
    const bad = checks.filter(({ outcome }) => outcome !== "works");
    if (bad.length === 0) return [];
    const said = new Map<string, string[]>();
    for (const { name, outcome, message } of bad) {
        const key = JSON.stringify([outcome, message]);
        said.set(key, [...(said.get(key) ?? []), CHECKS[name] ?? name]);
    }
    const items = [...said].map(([key, names]) => {
        const [outcome, message] = JSON.parse(key) as [string, string];
        const verb =
            outcome === "impossible" ? "– impossible here" : names.length === 1 ? outcome : outcome.replace(/s$/, "");
        return el("li", {}, `${names.join(", ")} ${verb}`, el("blockquote", {}, message));
    });
    return section("What Keras cannot do with it", el("ul", {}, ...items));
}

function search(breaches: Breach[]): Child[] {
    if (breaches.length === 0) return [];
    const items = breaches.map((one) => {
        const inputs = one.names.map((name, index) => `${name} = ${row(one.inputs[index] ?? [])}`).join(", ");
        return el("li", {}, `${one.dtype}: ${one.what} ${number(one.result)} at `, el("code", {}, inputs));
    });
    return section("The smallest inputs that break it", el("ul", {}, ...items));
}

function row(numbers: Breach["inputs"][number]): string {
    const texts = numbers.map(number);
    return new Set(texts).size === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

function details(report: Report): Child[] {
    const all: Child[] = [];
    const line = (text: string) => all.push(el("p", {}, text));
    if (report.assumed.length > 0) line(`Probed with ${report.assumed.join(", ")}.`);
    if (report.imports.length > 0) line(`Modules of yours that were run for it: ${report.imports.join(", ")}.`);
    if (report.prints !== "") all.push(...section("Printed", el("pre", {}, report.prints)));
    const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
    const network = report.isolation.network_off;
    if (network !== undefined) versions.push(network ? "network off" : "network not switched off");
    if (versions.length > 0) all.push(el("p", { className: "small" }, versions.join(" · ")));
    return all;
}
