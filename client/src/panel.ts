import { randomBytes } from "node:crypto";
import { Uri, ViewColumn, window, type Disposable, type Memento, type Webview, type WebviewPanel } from "vscode";
import type { FromView, ToView } from "./messages";
import type { LastProbe, ProbeParams, Report } from "./protocol";
import html from "./view/panel.html";

const TYPE = "nablint.probe";

/** What the panel asks for. */
export interface Wishes {
    again(target: ProbeParams): void;
    fix(): void;
    /** The cursor's function is to be looked for. */
    follow(): void;
}

/** The one panel beside the editor; a new probe takes it over from the last. */
export class ProbePanel implements Disposable {
    /** Whether it stays with its function when the cursor moves on. */
    pinned = false;
    private panel: WebviewPanel | undefined;
    private ready = false;
    /** What was said since the last `begin`: a view that is made anew hears all of it. */
    private said: ToView[] = [];
    private readonly serializer: Disposable;

    constructor(
        private readonly extension: Uri,
        /** Keeps the last report over a reload; VS Code saves what the view itself keeps only once a minute. */
        private readonly memory: Memento,
        private readonly wishes: Wishes,
    ) {
        const deserializeWebviewPanel = async (panel: WebviewPanel) => {
            this.said = this.memory.get(TYPE, []);
            this.adopt(panel);
        };
        this.serializer = window.registerWebviewPanelSerializer(TYPE, { deserializeWebviewPanel });
    }

    get visible(): boolean {
        return this.panel?.visible === true;
    }

    /** The function that is shown. */
    get target(): ProbeParams | undefined {
        const [first] = this.said;
        return first?.kind === "begin" ? first.target : undefined;
    }

    /** The whole report that is shown; none while a probe runs. */
    get report(): Report | undefined {
        return this.said.findLast((message) => message.kind === "report")?.report;
    }

    get running(): boolean {
        const [first] = this.said;
        const ended = ["report", "cancelled", "failed"];
        return first?.kind === "begin" && first.idle !== true && !this.said.some(({ kind }) => ended.includes(kind));
    }

    /** Clears the panel for a new probe; what an older probe still posts is dropped. */
    begin(target: ProbeParams, before?: Report): { post(message: ToView): void } {
        const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
        if (this.panel === undefined) this.adopt(window.createWebviewPanel(TYPE, "Nablint Probe", column));
        else this.panel.reveal(undefined, true);
        const said: ToView[] = (this.said = []);
        const post = (message: ToView) => {
            if (said === this.said) this.post(message);
        };
        post({ kind: "begin", target, ...(before === undefined ? {} : { before }) });
        return { post };
    }

    /** Shows what was found earlier, in a panel that is there. */
    show({ target, report }: LastProbe): void {
        this.said = [];
        this.post({ kind: "begin", target, idle: true });
        if (report !== null) this.post({ kind: "report", report });
    }

    /** Whether what is shown still holds, and what could be done about it. */
    tell(stale: boolean, fix: string): void {
        const known = (message: ToView) => this.said.some((each) => JSON.stringify(each) === JSON.stringify(message));
        const news: ToView[] = [
            { kind: "stale", stale },
            { kind: "fixable", title: fix },
        ];
        for (const message of news) {
            if (known(message)) continue;
            const before = this.said.findIndex(({ kind }) => kind === message.kind);
            if (before >= 0) this.said.splice(before, 1);
            this.post(message);
        }
    }

    /** Takes the panel away, and what it remembers. */
    close(): void {
        this.said = [];
        void this.memory.update(TYPE, undefined);
        this.panel?.dispose();
    }

    dispose(): void {
        this.serializer.dispose();
        this.panel?.dispose();
    }

    private adopt(panel: WebviewPanel): void {
        this.panel = panel;
        this.ready = false;
        panel.webview.options = {
            enableScripts: true,
            localResourceRoots: [Uri.joinPath(this.extension, "client/out")],
        };
        panel.webview.onDidReceiveMessage((message: FromView) => this.receive(message));
        panel.onDidDispose(() => (this.panel = undefined));
        panel.webview.html = this.page(panel.webview);
    }

    private receive(message: FromView): void {
        switch (message.kind) {
            case "ready":
                this.ready = true;
                this.pinned = message.pinned;
                for (const earlier of this.said) void this.panel?.webview.postMessage(earlier);
                break;
            case "again":
                this.wishes.again(message.target);
                break;
            case "fix":
                this.wishes.fix();
                break;
            case "pin":
                this.pinned = message.pinned;
                this.wishes.follow();
                break;
        }
    }

    private post(message: ToView): void {
        this.said.push(message);
        if (message.kind === "report") {
            void this.memory.update(TYPE, this.said);
            if (this.panel !== undefined) this.panel.title = `Probe: ${message.report.name}`;
        }
        if (this.ready) void this.panel?.webview.postMessage(message);
        if (message.kind === "report") this.wishes.follow();
    }

    private page(webview: Webview): string {
        const file = (name: string) =>
            webview.asWebviewUri(Uri.joinPath(this.extension, "client/out", name)).toString();
        const values: Record<string, string> = {
            nonce: randomBytes(16).toString("base64"),
            source: webview.cspSource,
            script: file("view.js"),
            style: file("view.css"),
        };
        return html.replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
    }
}
