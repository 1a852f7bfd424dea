// The report as it grows. A reload brings it back from here.
import type { ToView } from "../messages";
import type { ProbeParams, Report } from "../protocol";
import { FIRST_LOOK, type Look } from "./look";

export type Phase = "empty" | "running" | "done" | "cancelled" | "interrupted" | "failed";

export interface State {
    phase: Phase;
    target: ProbeParams | undefined;
    report: Report;
    /** What was found before a fix that was applied from here. */
    before: Report | undefined;
    look: Look;
    /** Whether the text has changed since the report. */
    stale: boolean;
    /** What the fix would do that is there to be applied; empty if there is none. */
    fixTitle: string;
    /** Whether the panel stays with its function when the cursor moves on. */
    pinned: boolean;
}

const NOTHING: Report = {
    name: "",
    runs: [],
    training: null,
    trainings: [],
    checks: [],
    breaches: [],
    tried: [],
    agreements: [],
    imports: [],
    prints: "",
    assumed: [],
    versions: {},
    isolation: {},
    milliseconds: {},
    failure: "",
    verdict: "",
};

export const EMPTY: State = {
    phase: "empty",
    target: undefined,
    report: NOTHING,
    before: undefined,
    look: FIRST_LOOK,
    stale: false,
    fixTitle: "",
    pinned: false,
};

/** What a reload brings back: a probe that still ran then never ends. What an older version kept is filled up. */
export function restored(saved: Partial<State> | undefined): State {
    const state = { ...EMPTY, ...saved };
    return state.phase === "running" ? { ...state, phase: "interrupted" } : state;
}

export function next(state: State, message: ToView): State {
    const { report, pinned, look } = state;
    switch (message.kind) {
        case "begin":
            return {
                ...EMPTY,
                pinned,
                // The same function again is looked at as before.
                look: message.target.name === report.name ? look : { ...look, dtype: undefined, window: undefined },
                phase: message.idle === true ? "empty" : "running",
                target: message.target,
                before: message.before,
                report: { ...NOTHING, name: message.target.name ?? "" },
            };
        case "run":
            return { ...state, report: { ...report, name: message.name, runs: [...report.runs, message.run] } };
        case "training":
            return { ...state, report: { ...report, name: message.name, training: message.training } };
        case "report":
            return { ...state, phase: message.report.failure === "" ? "done" : "failed", report: message.report };
        case "cancelled":
            return { ...state, phase: "cancelled" };
        case "failed":
            return { ...state, phase: "failed", report: { ...report, failure: message.message } };
        case "stale":
            return { ...state, stale: message.stale };
        case "fixable":
            return { ...state, fixTitle: message.title };
    }
}
