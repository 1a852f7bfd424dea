import uPlot from "uplot";
import type { Num, Region, Report, Run } from "../protocol";
import { joined, shownRuns, windowOf, type Joined, type Look } from "./look";
import { modeName, number } from "./words";

const HEIGHT = 280;
const DASHES: Record<string, number[]> = { eager: [], function: [2, 4], xla: [8, 5] };

interface Curve {
    label: string;
    scale: "f" | "slope";
    color: string;
    dash: number[];
    width: number;
    x: Num[];
    y: Num[];
}

/** The slope of a run that has one; a gradient of None has no curve. */
const sloped = (run: Run) => run.dy.length === run.x.length;

/** The curves of a report, those of `before` faint beneath them. */
export function curves(report: Report, before: Report | undefined, look: Look): Curve[] {
    const color = colors();
    const old = before === undefined ? [] : shownRuns(before, look).slice(0, 1);
    const line = (run: Run, label: string, scale: Curve["scale"], hue: string, width: number): Curve => {
        const y = scale === "f" ? run.y : run.dy;
        return {
            label: `${label} ${modeName(run.mode)}`,
            scale,
            color: hue,
            width,
            dash: DASHES[run.mode] ?? [],
            x: run.x,
            y,
        };
    };
    return [
        ...old.map((run) => ({ ...line(run, "f", "f", color.old, 4), label: "f before" })),
        ...old.filter(sloped).map((run) => ({ ...line(run, "f′", "slope", color.old, 2), label: "f′ before" })),
        ...shownRuns(report, look).flatMap((run) => {
            const [f, slope] = color.of[run.mode] ?? [color.text, color.text];
            const value = line(run, "f", "f", f, 2.5);
            return sloped(run) ? [value, line(run, "f′", "slope", slope, 1.5)] : [value];
        }),
    ];
}

export const widthOf = (parent: HTMLElement) => Math.max(parent.clientWidth, 200);

/** f and its slope over the inputs, with the inputs shaded where either is not finite. */
export function draw(
    parent: HTMLElement,
    report: Report,
    before: Report | undefined,
    look: Look,
    zoomed: (window: Look["window"]) => void,
): uPlot {
    const color = colors();
    const all = curves(report, before, look);
    const data = joined(all);
    const runs = shownRuns(report, look);
    const [low, high] = windowOf(runs, look);
    const axis = { stroke: color.text, grid: { stroke: color.grid, width: 1 }, ticks: { stroke: color.grid } };
    const height: uPlot.Scale = look.log ? { distr: 4 } : {};
    const named = (label: string) => ({ ...axis, label, labelSize: 22, values: ticks, size: 64 });
    const options: uPlot.Options = {
        width: widthOf(parent),
        height: HEIGHT,
        cursor: {
            drag: { x: true, y: false, setScale: false },
            bind: { dblclick: () => () => (zoomed(undefined), null) },
        },
        scales: { x: { time: false, min: low, max: high }, f: height, slope: height },
        axes: [
            { ...axis, values: ticks, size: 32 },
            { ...named("f"), scale: "f" },
            { ...named("f′"), scale: "slope", side: 1, grid: { show: false } },
        ],
        series: [
            { label: "x", value: (_, value: number | null) => (value === null ? "–" : number(value)) },
            ...all.map((curve, index) => ({
                label: curve.label,
                scale: curve.scale,
                stroke: curve.color,
                width: curve.width,
                dash: curve.dash,
                points: { show: false },
                value: (_: uPlot, __: number, ___: number, at: number | null) => said(data, index, at),
            })),
        ],
        hooks: {
            drawClear: [
                (plot) => {
                    shade(
                        plot,
                        runs.flatMap(({ slope }) => slope),
                        color.slopeShade,
                    );
                    shade(
                        plot,
                        runs.flatMap(({ value }) => value),
                        color.valueShade,
                    );
                },
            ],
            setSelect: [(plot) => select(plot, zoomed)],
        },
    };
    return new uPlot(options, [data.x, ...data.rows.map((row) => row.map(finite))] as uPlot.AlignedData, parent);
}

function select(plot: uPlot, zoomed: (window: Look["window"]) => void): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const window: [number, number] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    // The plot is made anew, which must not happen while it still handles its own event.
    queueMicrotask(() => zoomed(window));
}

function shade(plot: uPlot, all: Region[], color: string): void {
    const { left, top, width, height } = plot.bbox;
    const region = new Path2D();
    for (const { low, high } of all) {
        const from = Math.max(plot.valToPos(Number(low), "x", true), left);
        const to = Math.min(plot.valToPos(Number(high), "x", true), left + width);
        // A single input is shaded too, wide enough to be seen.
        if (from <= left + width && to >= left) region.rect(from, top, Math.max(to - from, 3), height);
    }
    plot.ctx.save();
    plot.ctx.fillStyle = color;
    // As one path: where the regions of two modes meet, they are not darker.
    plot.ctx.fill(region);
    plot.ctx.restore();
}

function colors() {
    const style = getComputedStyle(document.body);
    const of = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const chart = (name: string) => of(`--vscode-charts-${name}`);
    return {
        text: of("--vscode-foreground"),
        grid: of("--nablint-grid"),
        old: of("--nablint-old"),
        valueShade: of("--nablint-value-shade"),
        slopeShade: of("--nablint-slope-shade"),
        of: {
            eager: [chart("blue"), chart("orange")],
            xla: [chart("green"), chart("red")],
            function: [chart("purple"), chart("yellow")],
        } as Record<string, [string, string]>,
    };
}

const ticks = (_: uPlot, values: (number | null)[]) => values.map((value) => (value === null ? "" : number(value)));

/** A point that a curve lacks is no gap in it; a value that is not finite is one. */
const finite = (value: Num | undefined) => (typeof value === "string" ? null : value);

function said({ rows }: Joined, curve: number, at: number | null): string {
    const value = at === null ? undefined : rows[curve]?.[at];
    return value === undefined ? "–" : number(value);
}
