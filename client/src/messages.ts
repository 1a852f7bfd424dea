// What the extension and the panel say to each other.
import type { ProbeParams, Report, Run, Training } from "./protocol";

export type ToView =
    /** A function is shown anew: as it is probed, or `idle`, as it was found. `before` is from before a fix. */
    | { kind: "begin"; target: ProbeParams; idle?: boolean; before?: Report }
    | { kind: "run"; name: string; run: Run }
    | { kind: "training"; name: string; training: Training }
    | { kind: "report"; report: Report }
    | { kind: "cancelled" }
    | { kind: "failed"; message: string }
    /** Whether the text has changed since. */
    | { kind: "stale"; stale: boolean }
    /** What a fix would do; empty if there is none. */
    | { kind: "fixable"; title: string };

export type FromView =
    | { kind: "ready"; pinned: boolean }
    | { kind: "again"; target: ProbeParams }
    | { kind: "fix" }
    | { kind: "pin"; pinned: boolean };
