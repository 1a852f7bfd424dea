// What of a report is drawn: the reader's choices, which a reload keeps.
import type { Num, Region, Report, Run } from "../protocol";

export const RANGES = [1, 10, 100];
export const MODES = ["eager", "function", "xla"];

export interface Look {
    dtype: string | undefined;
    modes: string[];
    log: boolean;
    /** The inputs drawn, from and to; undefined until the reader picks some. */
    window: [number, number] | undefined;
}

export const FIRST_LOOK: Look = { dtype: undefined, modes: ["eager", "xla"], log: false, window: undefined };

export const drawable = (report: Report) => report.runs.filter(({ x }) => x.length > 0);

/** The dtype that is drawn: the chosen one if it has a curve, else float32, else the first. */
export function dtypeOf(report: Report, look: Look): string | undefined {
    const dtypes = drawable(report).map(({ dtype }) => dtype);
    return [look.dtype, "float32", dtypes[0]].find((dtype) => dtype !== undefined && dtypes.includes(dtype));
}

/** The runs that are drawn, eager first; if none of the chosen modes has a curve, the first one that has. */
export function shownRuns(report: Report, look: Look): Run[] {
    const dtype = dtypeOf(report, look);
    const runs = drawable(report)
        .filter((run) => run.dtype === dtype)
        .sort((one, other) => MODES.indexOf(one.mode) - MODES.indexOf(other.mode));
    const chosen = runs.filter(({ mode }) => look.modes.includes(mode));
    return chosen.length > 0 ? chosen : runs.slice(0, 1);
}

/** The inputs drawn: the chosen ones, else the least range that shows where it begins to fail, else the middle one. */
export function windowOf(runs: Run[], look: Look): [number, number] {
    if (look.window !== undefined) return look.window;
    const edges = runs.flatMap(broken).map(({ low, high }) => Math.min(Math.abs(Number(low)), Math.abs(Number(high))));
    const nearest = Math.min(...edges, Infinity);
    const range = RANGES.find((each) => nearest < each) ?? 10;
    return [-range, range];
}

export const broken = (run: Run): Region[] => [...run.value, ...run.slope];

/** The window moved by a share of its width and made wider by a factor. */
export function moved([low, high]: [number, number], share: number, factor: number): [number, number] {
    const centre = (low + high) / 2 + share * (high - low);
    const half = Math.max(((high - low) / 2) * factor, 1e-6);
    return [centre - half, centre + half];
}

export interface Joined {
    x: number[];
    /** One row a curve, in step with `x`; undefined where a curve has no point there. */
    rows: (Num | undefined)[][];
}

/** Curves over different inputs, brought over the same ones. */
export function joined(curves: { x: Num[]; y: Num[] }[]): Joined {
    const x = [...new Set(curves.flatMap((curve) => curve.x.map(Number)))].sort((one, other) => one - other);
    const rows = curves.map((curve) => {
        const known = new Map(curve.x.map((at, index) => [Number(at), curve.y[index]]));
        return x.map((at) => known.get(at));
    });
    return { x, rows };
}

/** About so many of the indices whose input lies in the window, both ends among them. */
export function sampled(x: number[], [low, high]: [number, number], count: number): number[] {
    const inside = [...x.keys()].filter((index) => low <= x[index]! && x[index]! <= high);
    const step = Math.max(1, (inside.length - 1) / (count - 1));
    const picks = Array.from({ length: Math.min(count, inside.length) }, (_, pick) => inside[Math.round(pick * step)]!);
    return [...new Set(picks)];
}
