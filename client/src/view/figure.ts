// The curve and what the reader can choose about it; with a table of its values beside the picture.
import type uPlot from "uplot";
import type { Report } from "../protocol";
import { el } from "./dom";
import {
    MODES,
    RANGES,
    broken,
    drawable,
    dtypeOf,
    joined,
    moved,
    sampled,
    shownRuns,
    windowOf,
    type Look,
} from "./look";
import { curves, draw, widthOf } from "./plot";
import { modeName, number } from "./words";

const ROWS = 25;
/** Share of the window to move, and factor to widen it by. */
const KEYS: Record<string, [number, number]> = {
    ArrowLeft: [-0.1, 1],
    ArrowRight: [0.1, 1],
    "+": [0, 0.5],
    "-": [0, 2],
};

export interface Figure {
    element: HTMLElement;
    show(report: Report, before: Report | undefined, look: Look): void;
}

export function figure(change: (part: Partial<Look>) => void): Figure {
    let drawn: { report: Report; before: Report | undefined; look: Look } | undefined;
    let plot: uPlot | undefined;
    const dtypes = el("select", { id: "dtype" });
    const modes = MODES.map((mode) => ({ mode, input: el("input", { type: "checkbox" }) }));
    const ranges = RANGES.map((range) => ({ range, input: el("input", { type: "radio", name: "range" }) }));
    const log = el("input", { type: "checkbox" });
    const place = el("div", { id: "plot", tabIndex: 0 });
    const caption = el("figcaption", { id: "caption" });
    const values = el("tbody");
    const head = el("tr");
    const all = el("button", { type: "button", textContent: "Reset zoom" });
    const controls = el(
        "div",
        { className: "controls" },
        el("label", {}, "dtype ", dtypes),
        choices("Modes", ...modes.map(({ mode, input }) => el("label", {}, input, modeName(mode)))),
        choices("Inputs", ...ranges.map(({ range, input }) => el("label", {}, input, `|x| ≤ ${range}`))),
        el("label", {}, log, "Log scale"),
        el("span", { className: "zoom" }, ...zoomButtons(zoom), all),
    );
    const table = el(
        "details",
        {},
        el("summary", {}, "Values as a table"),
        el("table", {}, el("thead", {}, head), values),
    );
    const element = el("figure", { id: "figure", hidden: true }, controls, place, caption, table);

    dtypes.addEventListener("change", () => change({ dtype: dtypes.value, window: undefined }));
    log.addEventListener("change", () => change({ log: log.checked }));
    all.addEventListener("click", () => change({ window: undefined }));
    for (const { input } of modes) {
        input.addEventListener("change", () =>
            change({ modes: modes.filter((each) => each.input.checked).map(({ mode }) => mode) }),
        );
    }
    for (const { range, input } of ranges) input.addEventListener("change", () => change({ window: [-range, range] }));
    place.addEventListener("keydown", (event) => {
        const step = KEYS[event.key === "=" ? "+" : event.key];
        if (event.key === "0") change({ window: undefined });
        else if (step !== undefined) zoom(...step);
        else return;
        event.preventDefault();
    });
    // The plot has a fixed number of pixels, and colours that are read once.
    new ResizeObserver(() => plot?.width !== widthOf(place) && redraw()).observe(element);
    new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

    function zoom(share: number, factor: number): void {
        if (drawn === undefined) return;
        const { report, look } = drawn;
        change({ window: moved(windowOf(shownRuns(report, look), look), share, factor) });
    }

    function redraw(): void {
        plot?.destroy();
        plot = undefined;
        if (drawn === undefined || element.hidden) return;
        const { report, before, look } = drawn;
        plot = draw(place, report, before, look, (window) => change({ window }));
    }

    function show(report: Report, before: Report | undefined, look: Look): void {
        const runs = shownRuns(report, look);
        element.hidden = runs.length === 0;
        drawn = { report, before, look };
        const window = windowOf(runs, look);
        options(dtypes, [...new Set(drawable(report).map(({ dtype }) => dtype))], dtypeOf(report, look));
        for (const { mode, input } of modes) {
            input.checked = runs.some((run) => run.mode === mode);
            input.disabled = !drawable(report).some((run) => run.mode === mode && run.dtype === runs[0]?.dtype);
        }
        for (const { range, input } of ranges) input.checked = window[0] === -range && window[1] === range;
        log.checked = look.log;
        caption.textContent = description(report, look);
        place.setAttribute("role", "img");
        place.setAttribute("aria-label", `${caption.textContent} Arrow keys move, plus and minus zoom, 0 resets.`);
        fill(report, before, look, window);
        redraw();
    }

    function fill(report: Report, before: Report | undefined, look: Look, window: [number, number]): void {
        const lines = curves(report, before, look);
        const { x, rows } = joined(lines);
        head.replaceChildren(
            ...["x", ...lines.map(({ label }) => label)].map((text) => el("th", { scope: "col" }, text)),
        );
        values.replaceChildren(
            ...sampled(x, window, ROWS).map((at) => {
                const cells = rows.map((row) => el("td", {}, row[at] === undefined ? "–" : number(row[at])));
                return el("tr", {}, el("th", { scope: "row" }, number(x[at]!)), ...cells);
            }),
        );
    }

    return { element, show };
}

function choices(legend: string, ...labels: HTMLElement[]): HTMLElement {
    return el("fieldset", {}, el("legend", {}, legend), ...labels);
}

function zoomButtons(zoom: (share: number, factor: number) => void): HTMLElement[] {
    const steps: [string, string, number][] = [
        ["+", "Zoom in", 0.5],
        ["−", "Zoom out", 2],
    ];
    return steps.map(([text, title, factor]) => {
        const button = el("button", { type: "button", textContent: text, title, ariaLabel: title });
        button.addEventListener("click", () => zoom(0, factor));
        return button;
    });
}

function options(select: HTMLSelectElement, names: string[], chosen: string | undefined): void {
    const same =
        names.length === select.options.length && names.every((name, at) => select.options[at]?.value === name);
    if (!same) select.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
    if (chosen !== undefined) select.value = chosen;
}

function description(report: Report, look: Look): string {
    const runs = shownRuns(report, look);
    const modes = runs.map(({ mode }) => modeName(mode)).join(", ");
    const value = runs.some((run) => run.value.length > 0);
    const slope = runs.some((run) => run.slope.length > 0);
    const shades = [value ? "red where f is not finite" : "", slope ? "orange where f′ is not" : ""].filter(Boolean);
    const shaded = runs.some((run) => broken(run).length > 0) ? ` Shaded ${shades.join(", ")}.` : "";
    return `${report.name} and its slope in ${runs[0]?.dtype ?? ""}, ${modes}.${shaded}`;
}
