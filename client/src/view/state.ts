// The report as it grows. A reload brings it back from here.
import type { ToView } from "../messages";
import type { ProbeParams, Report } from "../protocol";

export type Phase = "empty" | "running" | "done" | "cancelled" | "interrupted" | "failed";

export interface State {
    phase: Phase;
    target: ProbeParams | undefined;
    report: Report;
    /** Half of the range of inputs that is drawn; undefined until the reader picks one. */
    range: number | undefined;
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

export const EMPTY: State = { phase: "empty", target: undefined, report: NOTHING, range: undefined };

/** What a reload brings back: a probe that still ran then never ends. */
export function restored(saved: State | undefined): State {
    if (saved === undefined) return EMPTY;
    return saved.phase === "running" ? { ...saved, phase: "interrupted" } : saved;
}

export function next(state: State, message: ToView): State {
    const { report } = state;
    switch (message.kind) {
        case "begin":
            return {
                ...EMPTY,
                phase: "running",
                target: message.target,
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
    }
}
