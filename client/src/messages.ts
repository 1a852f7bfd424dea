// What the extension and the panel say to each other.
import type { ProbeParams, Report, Run, Training } from "./protocol";

export type ToView =
    | { kind: "begin"; target: ProbeParams }
    | { kind: "run"; name: string; run: Run }
    | { kind: "training"; name: string; training: Training }
    | { kind: "report"; report: Report }
    | { kind: "cancelled" }
    | { kind: "failed"; message: string };

export type FromView = { kind: "ready" } | { kind: "again"; target: ProbeParams };
