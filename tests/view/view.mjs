// What panel and report decide before anything is drawn. Prints one JSON object: `ok`, or what went wrong, by case.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { at } from "../../client/scripts/places.mjs";

const folder = mkdtempSync(join(tmpdir(), "nablint-view-"));
const [look, state, words] = await Promise.all(["look", "state", "words"].map(load));
const { FIRST_LOOK } = look;

const curve = (mode, dtype = "float32", more = {}) => ({
    mode,
    dtype,
    x: [0],
    y: [0],
    dy: [0],
    value: [],
    slope: [],
    ...more,
});
const report = (...runs) => ({ ...state.EMPTY.report, name: "f", runs });
const edge = (low, high, row = "") => ({ low, high, result: "inf", row });
const target = { uri: "file:///a.py", name: "f" };
const after = (messages, from = state.EMPTY) => messages.reduce(state.next, from);

const CASES = {
    "float32 is drawn first, eager before XLA": () => {
        const runs = [curve("eager", "float16"), curve("xla"), curve("function"), curve("eager")];
        const shown = look.shownRuns(report(...runs), FIRST_LOOK);
        assert.deepEqual(
            shown.map(({ dtype, mode }) => [dtype, mode]),
            [
                ["float32", "eager"],
                ["float32", "xla"],
            ],
        );
    },
    "a policy has tf.function alone, so that is drawn": () => {
        const all = report(curve("eager"), curve("function", "mixed_float16"));
        const [only] = look.shownRuns(all, { ...FIRST_LOOK, dtype: "mixed_float16" });
        assert.equal(only.mode, "function");
    },
    "a dtype without a curve falls back": () => {
        const all = report({ ...curve("eager", "float16"), x: [] }, curve("eager", "bfloat16"));
        assert.equal(look.dtypeOf(all, { ...FIRST_LOOK, dtype: "float16" }), "bfloat16");
        assert.deepEqual(look.shownRuns(report(), FIRST_LOOK), []);
    },
    "the window shows where it begins to fail": () => {
        const window = (...value) => look.windowOf([curve("eager", "float32", { value })], FIRST_LOOK);
        assert.deepEqual(window(), [-10, 10]);
        assert.deepEqual(window(edge(0.5, 100)), [-1, 1]);
        assert.deepEqual(window(edge(-100, -88)), [-100, 100]);
        assert.deepEqual(look.windowOf([], { ...FIRST_LOOK, window: [2, 3] }), [2, 3]);
    },
    "zoom and move": () => {
        assert.deepEqual(look.moved([-10, 10], 0, 0.5), [-5, 5]);
        assert.deepEqual(look.moved([0, 10], 0.1, 1), [1, 11]);
        const [low, high] = look.moved([1, 1], 0, 0.5);
        assert.ok(low < high);
    },
    "curves over other inputs are brought together": () => {
        const one = { x: [0, 1, "2"], y: [5, "nan", 7] };
        const other = { x: [1, 3], y: ["inf", 9] };
        assert.deepEqual(look.joined([one, other]), {
            x: [0, 1, 2, 3],
            rows: [
                [5, "nan", 7, undefined],
                [undefined, "inf", undefined, 9],
            ],
        });
    },
    "the table of values has both ends": () => {
        const x = Array.from({ length: 101 }, (_, index) => index - 50);
        const picks = look.sampled(x, [-10, 10], 5).map((index) => x[index]);
        assert.deepEqual(picks, [-10, -5, 0, 5, 10]);
        assert.deepEqual(look.sampled(x, [0.2, 0.3], 5), []);
    },
    "regions are said as on the command line": () => {
        const cases = [
            [edge(8.872283, 100), "∞ for x ≥ 8.872"],
            [edge(-100, -3), "∞ for x ≤ −3"],
            [edge(0, 0), "∞ for x = 0"],
            [edge(1, 2, "zeros"), "∞ for 1 ≤ zeros × ≤ 2"],
            [edge(1, 2, "y_true = 0"), "∞ for 1 ≤ x ≤ 2, y_true = 0"],
        ];
        for (const [region, said] of cases) assert.equal(words.regions([region]).replaceAll("\u00a0", " "), said);
        assert.equal(words.regions([]), "finite");
    },
    "a report grows, and a reload that interrupts it says so": () => {
        const growing = after([
            { kind: "begin", target },
            { kind: "run", name: "f", run: curve("eager") },
        ]);
        assert.deepEqual([growing.phase, growing.report.runs.length], ["running", 1]);
        assert.equal(state.restored(growing).phase, "interrupted");
        assert.deepEqual(state.restored({ phase: "done" }).look, FIRST_LOOK);
    },
    "what is told of a report goes with the next": () => {
        const told = after([
            { kind: "begin", target, before: report() },
            { kind: "report", report: report() },
            { kind: "stale", stale: true },
            { kind: "fixable", title: "Use softplus" },
        ]);
        assert.deepEqual(
            [told.phase, told.stale, told.fixTitle, told.before.name],
            ["done", true, "Use softplus", "f"],
        );
        const anew = state.next(told, { kind: "begin", target });
        assert.deepEqual([anew.phase, anew.stale, anew.fixTitle, anew.before], ["running", false, "", undefined]);
    },
    "the same function is looked at as before, another one anew": () => {
        const looked = {
            ...state.EMPTY,
            report: report(),
            pinned: true,
            look: { ...FIRST_LOOK, window: [1, 2], log: true },
        };
        assert.deepEqual(state.next(looked, { kind: "begin", target }).look.window, [1, 2]);
        const other = state.next(looked, { kind: "begin", target: { ...target, name: "g" }, idle: true });
        assert.deepEqual(
            [other.look.window, other.look.log, other.phase, other.pinned],
            [undefined, true, "empty", true],
        );
    },
};

const verdicts = {};
for (const [name, body] of Object.entries(CASES)) {
    try {
        body();
        verdicts[name] = "ok";
    } catch (error) {
        verdicts[name] = String(error);
    }
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify(verdicts));

async function load(name) {
    const outfile = join(folder, `${name}.mjs`);
    await build({ entryPoints: [at(`client/src/view/${name}.ts`)], outfile, bundle: true, format: "esm" });
    return import(pathToFileURL(outfile).href);
}
