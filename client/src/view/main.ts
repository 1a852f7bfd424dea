import type { FromView, ToView } from "../messages";
import { el } from "./dom";
import { sheet } from "./sheet";
import { next, restored, type Phase, type State } from "./state";
import "./panel.css";

declare function acquireVsCodeApi(): {
    postMessage(message: FromView): void;
    getState(): State | undefined;
    setState(state: State): void;
};

/** What the verdict says while the report says nothing. */
const UNSAID: Record<Phase, string> = {
    empty: "Run a probe to see a report here.",
    running: "Probing …",
    done: "The probe found nothing to say.",
    cancelled: "Cancelled.",
    interrupted: "A reload interrupted the probe.",
    failed: "The probe gave no report.",
};

const STALE = "The function has changed since it was probed: what is shown is how it was.";

const vscode = acquireVsCodeApi();
let state: State = restored(vscode.getState());

const again = button("again", "Probe again", () => {
    if (state.target !== undefined) vscode.postMessage({ kind: "again", target: state.target });
});
const fix = button("fix", "Fix and probe again", () => vscode.postMessage({ kind: "fix" }));
fix.classList.add("primary");
const pin = button("pin", "Pin", () => {
    update({ ...state, pinned: !state.pinned });
    vscode.postMessage({ kind: "pin", pinned: state.pinned });
});
pin.title = "Stay with this function instead of following the cursor";
const view = sheet((part) => update({ ...state, look: { ...state.look, ...part } }), [fix, again, pin]);

document.body.append(view.element);
window.addEventListener("message", ({ data }: MessageEvent<ToView>) => update(next(state, data)));
render();
vscode.postMessage({ kind: "ready", pinned: state.pinned });

function button(id: string, text: string, click: () => void): HTMLButtonElement {
    const made = el("button", { id, type: "button" }, text);
    made.addEventListener("click", click);
    return made;
}

function update(changed: State): void {
    state = changed;
    vscode.setState(state);
    render();
}

function render(): void {
    const { phase, report, target, before, look, stale, fixTitle, pinned } = state;
    again.hidden = target === undefined || phase === "running";
    again.textContent = phase === "empty" ? "Probe" : "Probe again";
    fix.hidden = fixTitle === "" || phase === "running" || stale;
    fix.title = fixTitle;
    pin.setAttribute("aria-pressed", String(pinned));
    pin.textContent = pinned ? "Unpin" : "Pin";
    const unprobed = phase === "empty" && target !== undefined ? "Not probed yet." : UNSAID[phase];
    const verdict = report.failure || report.verdict || unprobed;
    view.show({ report, before, look, verdict, phase, stale: stale ? STALE : "" });
}
