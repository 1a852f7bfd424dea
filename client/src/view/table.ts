import type { Region, Run } from "../protocol";
import { el } from "./dom";
import { gradient, mode, regions, result } from "./words";

const COLUMNS = ["Value", "Slope", "Gradient", "Result"];

/** One row for each dtype and mode; the dtype heads its group of rows. */
export function table(runs: Run[]): HTMLElement {
    const dtypes = [...new Set(runs.map((run) => run.dtype))];
    const head = [el("td", { colSpan: 2 }), ...COLUMNS.map((text) => el("th", { scope: "col" }, text))];
    return el(
        "table",
        {},
        el("caption", {}, "By dtype and mode"),
        el("thead", {}, el("tr", {}, ...head)),
        ...dtypes.map((dtype) =>
            group(
                dtype,
                runs.filter((run) => run.dtype === dtype),
            ),
        ),
    );
}

function group(dtype: string, runs: Run[]): HTMLElement {
    const rows = runs.map((run) => el("tr", {}, el("th", { scope: "row" }, mode(run)), ...cells(run)));
    rows[0]?.prepend(el("th", { scope: "rowgroup", rowSpan: runs.length }, dtype));
    return el("tbody", {}, ...rows);
}

function cells(run: Run): HTMLElement[] {
    if (run.error !== "") return [el("td", { colSpan: COLUMNS.length, className: "bad" }, el("q", {}, run.error))];
    const keepsDtype = run.dtype_out === "" || run.dtype_out === run.dtype.replace("mixed_", "");
    return [
        regionCell(run.value),
        regionCell(run.slope),
        el("td", { className: run.gradient === "finite" && run.upstream ? "good" : "bad" }, gradient(run)),
        el("td", { className: keepsDtype && run.shape_kept ? "good" : "bad" }, result(run)),
    ];
}

function regionCell(all: Region[]): HTMLElement {
    return el("td", { className: all.length === 0 ? "good" : "bad" }, regions(all));
}
