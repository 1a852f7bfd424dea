import type { Run } from "../protocol";
import { el } from "./dom";
import { MODES } from "./look";
import { gradient, modeName, number, regions, result } from "./words";

const COLUMNS = ["Value", "Gradient", "Result", "ulp"];
const TITLES: Record<string, string> = { ulp: "The largest error of the value, in units in the last place" };

/** One row for each dtype and mode; the dtype heads its group of rows. What was otherwise before is struck through. */
export function table(runs: Run[], before: Run[]): HTMLElement {
    const ordered = [...runs].sort((one, other) => MODES.indexOf(one.mode) - MODES.indexOf(other.mode));
    const dtypes = [...new Set(runs.map((run) => run.dtype))];
    const head = [
        el("td", { colSpan: 2 }),
        ...COLUMNS.map((text) => el("th", { scope: "col", title: TITLES[text] ?? "" }, text)),
    ];
    return el(
        "table",
        {},
        el("caption", {}, "By dtype and mode"),
        el("thead", {}, el("tr", {}, ...head)),
        ...dtypes.map((dtype) =>
            group(
                dtype,
                ordered.filter((run) => run.dtype === dtype),
                before.filter((run) => run.dtype === dtype),
            ),
        ),
    );
}

function group(dtype: string, runs: Run[], before: Run[]): HTMLElement {
    const rows = runs.map((run) => {
        const old = before.find(({ mode }) => mode === run.mode);
        return el("tr", {}, el("th", { scope: "row" }, modeName(run.mode)), ...cells(run, old));
    });
    rows[0]?.prepend(el("th", { scope: "rowgroup", rowSpan: runs.length }, dtype));
    return el("tbody", {}, ...rows);
}

interface Said {
    text: string;
    good: boolean;
}

function cells(run: Run, before: Run | undefined): HTMLElement[] {
    if (run.error !== "") return [el("td", { colSpan: COLUMNS.length, className: "bad" }, el("q", {}, run.error))];
    const old = before === undefined || before.error !== "" ? [] : said(before);
    return said(run).map(({ text, good }, index) => {
        const was = old[index];
        const gone = was === undefined || was.text === text ? [] : [el("del", {}, was.text), " "];
        return el("td", { className: good ? "good" : "bad" }, ...gone, text);
    });
}

function said(run: Run): Said[] {
    const keepsDtype = run.dtype_out === "" || run.dtype_out === run.dtype.replace("mixed_", "");
    return [
        { text: regions(run.value), good: run.value.length === 0 },
        { text: gradient(run), good: run.gradient === "finite" && run.upstream },
        { text: result(run), good: keepsDtype && run.shape_kept && run.deterministic },
        { text: run.ulp === "nan" ? "–" : number(run.ulp), good: true },
    ];
}
