import uPlot from "uplot";
import type { Num, Region, Run } from "../protocol";
import { number } from "./words";

export const RANGES = [1, 10, 100];
const HEIGHT = 260;

/** The least range that shows where it begins to fail; without a failure, the middle one. */
export function fitting(run: Run): number {
    const edges = [...run.value, ...run.slope].map(({ low, high }) =>
        Math.min(Math.abs(Number(low)), Math.abs(Number(high))),
    );
    const nearest = Math.min(...edges, Infinity);
    return RANGES.find((range) => nearest < range) ?? 10;
}

/** f and its slope over the inputs, with the inputs shaded where either is not finite. */
export function draw(parent: HTMLElement, run: Run, range: number): uPlot {
    const color = colors();
    const axis = { stroke: color.text, grid: { stroke: color.grid, width: 1 }, ticks: { stroke: color.grid } };
    const options: uPlot.Options = {
        width: Math.max(parent.clientWidth, 200),
        height: HEIGHT,
        scales: { x: { time: false, min: -range, max: range }, f: {}, slope: {} },
        axes: [
            axis,
            { ...axis, scale: "f", stroke: color.f },
            { scale: "slope", side: 1, stroke: color.slope, grid: { show: false } },
        ],
        series: [
            { label: "x", value: label },
            { label: "f", scale: "f", stroke: color.f, width: 2, value: label },
            { label: "f′", scale: "slope", stroke: color.slope, width: 2, dash: [6, 4], value: label },
        ],
        hooks: { drawClear: [(plot) => shade(plot, [...run.value, ...run.slope], color.shade)] },
    };
    return new uPlot(options, [run.x.map(Number), run.y.map(finite), run.dy.map(finite)], parent);
}

function shade(plot: uPlot, all: Region[], color: string): void {
    const { left, top, width, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.fillStyle = color;
    for (const { low, high } of all) {
        const from = Math.max(plot.valToPos(Number(low), "x", true), left);
        const to = Math.min(plot.valToPos(Number(high), "x", true), left + width);
        // A single input is shaded too, wide enough to be seen.
        if (from <= left + width && to >= left) plot.ctx.fillRect(from, top, Math.max(to - from, 3), height);
    }
    plot.ctx.restore();
}

function colors() {
    const style = getComputedStyle(document.body);
    const of = (name: string) => style.getPropertyValue(name).trim() || style.color;
    return {
        text: of("--vscode-foreground"),
        grid: of("--vscode-panel-border"),
        f: of("--vscode-charts-blue"),
        slope: of("--vscode-charts-orange"),
        shade: of("--nablint-shade"),
    };
}

const finite = (value: Num) => (typeof value === "number" ? value : null);

const label = (_: uPlot, value: number | null) => (value === null ? "–" : number(value));
