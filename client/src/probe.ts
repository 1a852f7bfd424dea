import { commands, ProgressLocation, window, workspace } from "vscode";
import { LSPErrorCodes, NotificationType, RequestType, ResponseError } from "vscode-languageclient/node";
import type { Ctx } from "./ctx";
import type { ProbeEvent, ProbeParams, Report } from "./protocol";

const PROBE = new RequestType<ProbeParams, Report, void>("nablint/probe");
const PROBE_EVENT = new NotificationType<ProbeEvent>("nablint/probeEvent");

export function isProbeTarget(value: unknown): value is ProbeParams {
    return typeof value === "object" && value !== null && "uri" in value && typeof value.uri === "string";
}

/** Runs one activation in TensorFlow and shows in the panel what comes back; beside what it said `before` a fix. */
export async function probe(ctx: Ctx, target: ProbeParams, before?: Report): Promise<void> {
    if (!workspace.isTrusted) return askForTrust();
    const client = ctx.client;
    if (client === undefined || ctx.status.kind !== "running") {
        void window.showWarningMessage("Nablint: the server is not running; see the output for the reason.");
        return;
    }
    const session = ctx.panel.begin(target, before);
    const events = client.onNotification(PROBE_EVENT, ({ uri, name, event }) => {
        if (uri === target.uri && (target.name ?? name) === name) session.post({ ...event, name });
    });
    const title = `Nablint: probing ${target.name ?? "the activation at the cursor"}`;
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    try {
        const report = await window.withProgress(options, (_, token) => client.sendRequest(PROBE, target, token));
        session.post({ kind: "report", report });
    } catch (error) {
        session.post(isCancelled(error) ? { kind: "cancelled" } : { kind: "failed", message: sentence(error) });
    } finally {
        events.dispose();
    }
}

function isCancelled(error: unknown): boolean {
    return error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
}

function sentence(error: unknown): string {
    return `The probe gave no report: ${error instanceof Error ? error.message : String(error)}`;
}

async function askForTrust(): Promise<void> {
    const manage = "Manage Workspace Trust";
    const text = "Nablint: the probe runs the activation, so it needs a trusted workspace.";
    if ((await window.showWarningMessage(text, manage)) === manage) {
        await commands.executeCommand("workbench.trust.manage");
    }
}
