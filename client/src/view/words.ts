// How numbers and results are spelled.
import type { Num, Region, Run } from "../protocol";

const MODES: Record<string, string> = { eager: "eager", function: "tf.function", xla: "XLA" };
const GRADIENTS: Record<string, string> = {
    finite: "finite",
    none: "none",
    zero: "zero everywhere",
    wrong: "wrong",
};

export const modeName = (mode: string) => MODES[mode] ?? mode;

export function number(value: Num): string {
    if (typeof value === "string") return value === "nan" ? "NaN" : value.replace("inf", "∞").replace("-", "−");
    const short =
        value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
            ? value.toExponential(3)
            : Number(value.toPrecision(4)).toString();
    return short.replaceAll("-", "−");
}

export function regions(all: Region[]): string {
    return all.length === 0 ? "finite" : all.map(region).join("; ");
}

/** As the command line says it: what reaches far out is taken to go on. */
function region({ low, high, result, row }: Region): string {
    const [from, to] = [Number(low), Number(high)];
    const label = row.startsWith("y_true") ? `, ${row}` : "";
    const name = row === "" || label !== "" ? "x" : `${row} ×`;
    const text = `${number(result)} for ${span(name, from, to)}${label}`;
    return text.replaceAll(" ", "\u00a0"); // A line never breaks within one.
}

function span(name: string, low: number, high: number): string {
    if (low === high) return `${name} = ${number(low)}`;
    if (low >= 0 && high >= 50) return `${name} ≥ ${number(low)}`;
    if (high <= 0 && low <= -50) return `${name} ≤ ${number(high)}`;
    return `${number(low)} ≤ ${name} ≤ ${number(high)}`;
}

export function gradient(run: Run): string {
    const notes = [run.gradient === "not-finite" ? regions(run.slope) : (GRADIENTS[run.gradient] ?? run.gradient)];
    if (!run.upstream) notes.push("ignores the gradient from above");
    const [first] = run.wrong;
    if (first !== undefined) notes.push(`${number(first[1])} instead of ${number(first[2])} at ${number(first[0])}`);
    return notes.join("; ");
}

export function result(run: Run): string {
    const notes = [run.dtype_out];
    if (!run.shape_kept) notes.push("another shape");
    if (!run.deterministic) notes.push("another result each time");
    if (run.coupling !== "") notes.push(`depends on its whole ${run.coupling}`);
    return notes.join("; ");
}

export const rate = (value: number) => `learning rate ${number(value)}`;
