// How numbers and results are spelled.
import type { Num, Region, Run } from "../protocol";

const MODES: Record<string, string> = { eager: "eager", function: "tf.function", xla: "XLA" };
const GRADIENTS: Record<string, string> = {
    finite: "finite",
    "not-finite": "not finite",
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

function region({ low, high, result, row }: Region): string {
    const where = low === high ? `at ${number(low)}` : `from ${number(low)} to ${number(high)}`;
    return `${number(result)} ${where}${row === "" ? "" : ` (row: ${row})`}`;
}

export function gradient(run: Run): string {
    const notes = [GRADIENTS[run.gradient] ?? run.gradient];
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

export const rate = (value: number) => `Learning rate ${number(value)}`;
