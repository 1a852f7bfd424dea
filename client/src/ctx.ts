import {
    LanguageStatusSeverity,
    languages,
    window,
    workspace,
    type Disposable,
    type DocumentSelector,
    type ExtensionContext,
    type LanguageStatusItem,
    type LogOutputChannel,
} from "vscode";
import {
    CloseAction,
    ErrorAction,
    ExecuteCommandRequest,
    LanguageClient,
    RevealOutputChannelOn,
    State,
    Trace,
    type CloseHandlerResult,
    type LanguageClientOptions,
} from "vscode-languageclient/node";
import { Bundled } from "./bundled";
import { explain } from "./explain";
import { fixAndProbe, follow, look } from "./follow";
import { ProbePanel } from "./panel";
import { isProbeTarget, probe } from "./probe";
import { PROTOCOL } from "./protocol";
import { findServer, onDidChangeInterpreter, pythons, type Server } from "./server";

export type Status =
    | { kind: "starting" }
    | { kind: "running"; version: string; python: string }
    | { kind: "stopped" }
    | { kind: "failed"; reason: string };

const DOCUMENTS = [
    { scheme: "file", language: "python" },
    { scheme: "untitled", language: "python" },
    { scheme: "vscode-notebook-cell", language: "python" },
    { scheme: "vscode-vfs", language: "python" },
] satisfies DocumentSelector;

/** Waits before the server is started again, in milliseconds; after the last of them we ask the user. */
const BACK_OFF = [0, 500, 2000, 5000];
/** A server that ran this long has earned all its restarts back. */
const SETTLED = 180_000;

/** Owns the server's life and all that lives as long as the extension. */
export class Ctx implements Disposable {
    readonly output: LogOutputChannel = window.createOutputChannel("Nablint", { log: true });
    readonly panel: ProbePanel;
    readonly bundled: Bundled;
    client: LanguageClient | undefined;
    status: Status = { kind: "stopped" };

    private readonly item: LanguageStatusItem = languages.createLanguageStatusItem("nablint", DOCUMENTS);
    private readonly owned: Disposable[];
    private crashes: number[] = [];
    /** Starts and stops wait for each other here, so that two restarts never leave two servers. */
    private queue: Promise<void> = Promise.resolve();

    constructor(readonly extension: ExtensionContext) {
        const { extensionUri, workspaceState } = extension;
        this.panel = new ProbePanel(extensionUri, workspaceState, {
            again: (target) => void probe(this, target),
            fix: () => void fixAndProbe(this),
            follow: () => void look(this),
        });
        this.bundled = new Bundled(extension, this.output);
        this.owned = [
            this.output,
            this.item,
            this.panel,
            follow(this),
            workspace.onDidGrantWorkspaceTrust(() => this.restart()),
            workspace.onDidChangeConfiguration((change) => {
                if (change.affectsConfiguration("nablint.interpreter")) void this.restart();
            }),
            onDidChangeInterpreter(() => void this.restart()),
        ];
        this.item.name = "Nablint";
        this.show({ kind: "stopped" });
    }

    start(): Promise<void> {
        return this.enqueue(() => this.startNow());
    }

    stop(): Promise<void> {
        return this.enqueue(() => this.stopNow());
    }

    restart(): Promise<void> {
        return this.enqueue(async () => {
            await this.stopNow();
            this.crashes = [];
            await this.startNow();
        });
    }

    /** Installs the extension's own nablint and starts it. */
    async install(): Promise<void> {
        if ((await this.bundled.install(await pythons(this.output))) !== undefined) await this.restart();
    }

    /** Writes down all that editor and server say to each other from now on, until the next restart. */
    async trace(): Promise<void> {
        await this.client?.setTrace(Trace.Verbose);
        this.output.show(true);
    }

    /** Forgets what probes found: in the server, and so in lenses and diagnostics, and in the panel. */
    async clearResults(): Promise<void> {
        this.panel.close();
        const command = "nablint.clear";
        if (this.status.kind === "running") await this.client?.sendRequest(ExecuteCommandRequest.type, { command });
    }

    dispose(): void {
        for (const disposable of this.owned) disposable.dispose();
    }

    private enqueue(work: () => Promise<void>): Promise<void> {
        this.queue = this.queue.then(work, work);
        return this.queue;
    }

    private async startNow(): Promise<void> {
        this.show({ kind: "starting" });
        const server = await findServer(this.bundled, this.output);
        if ("reason" in server) return this.fail(server.reason, true);
        const client = new LanguageClient("nablint", "Nablint", server.options(this.extension), this.options(server));
        client.onDidChangeState(({ newState }) => {
            if (newState === State.Running) this.show({ kind: "running", ...server });
            if (newState === State.Starting) this.show({ kind: "starting" });
        });
        this.client = client;
        try {
            await client.start();
        } catch (error) {
            this.fail(`The server did not start: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    private async stopNow(): Promise<void> {
        const client = this.client;
        this.client = undefined;
        // A server that died cannot be stopped, only forgotten.
        await client?.dispose(2000).catch((error: unknown) => this.output.debug(String(error)));
        this.show({ kind: "stopped" });
    }

    private options(server: Server): LanguageClientOptions {
        return {
            documentSelector: DOCUMENTS,
            outputChannel: this.output,
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            initializationOptions: {
                protocol: PROTOCOL,
                trusted: workspace.isTrusted,
                pictures: true,
                python: server.project ?? "",
                settings: workspace.getConfiguration("nablint"),
            },
            synchronize: { configurationSection: "nablint" },
            connectionOptions: { maxRestartCount: 0 },
            errorHandler: {
                error: () => ({ action: ErrorAction.Continue, handled: true }),
                closed: () => this.closed(server),
            },
            middleware: {
                executeCommand: (command, args: unknown[], next) => {
                    const [target] = args;
                    if (command === "nablint.probe" && isProbeTarget(target)) return probe(this, target);
                    if (command === "nablint.explain" && typeof target === "string") return explain(target);
                    return next(command, args);
                },
            },
        };
    }

    /** Decides after a crash: again after a pause, or stop and ask once. */
    private async closed(server: Server): Promise<CloseHandlerResult> {
        const now = Date.now();
        this.crashes = [...this.crashes.filter((time) => now - time < SETTLED), now];
        const pause = BACK_OFF[this.crashes.length - 1];
        if (pause === undefined) {
            this.fail(`The server stopped ${this.crashes.length} times in a row (${server.python}).`);
            return { action: CloseAction.DoNotRestart, handled: true };
        }
        this.show({ kind: "starting" });
        this.output.warn(`The server stopped; starting it again in ${pause} ms.`);
        await new Promise((resolve) => setTimeout(resolve, pause));
        return { action: CloseAction.Restart, handled: true };
    }

    private fail(reason: string, missing = false): void {
        this.show({ kind: "failed", reason });
        this.output.error(reason);
        const buttons: Record<string, () => unknown> = {
            "Start Again": () => this.restart(),
            "Show Output": () => this.output.show(true),
            ...(missing ? { "Install Nablint": () => this.install() } : {}),
        };
        void window.showErrorMessage(`Nablint: ${reason}`, ...Object.keys(buttons)).then((button) => {
            if (button !== undefined) buttons[button]?.();
        });
    }

    private show(status: Status): void {
        this.status = status;
        const failed = status.kind === "failed";
        this.item.text = status.kind === "running" ? `Nablint ${status.version}` : `Nablint: ${status.kind}`;
        this.item.detail = failed ? status.reason : status.kind === "running" ? status.python : "";
        this.item.busy = status.kind === "starting";
        this.item.severity = failed ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
        this.item.command = failed
            ? { command: "nablint.restart", title: "Start Again" }
            : { command: "nablint.showOutput", title: "Show Output" };
    }
}
