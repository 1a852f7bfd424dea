import { randomBytes } from "node:crypto";
import { Uri, ViewColumn, window, type Disposable, type Memento, type Webview, type WebviewPanel } from "vscode";
import type { FromView, ToView } from "./messages";
import type { ProbeParams } from "./protocol";
import html from "./view/panel.html";

const TYPE = "nablint.probe";

/** The one panel beside the editor; a new probe takes it over from the last. */
export class ProbePanel implements Disposable {
    private panel: WebviewPanel | undefined;
    private ready = false;
    /** What was said since the last `begin`: a view that is made anew hears all of it. */
    private said: ToView[] = [];
    private readonly serializer: Disposable;

    constructor(
        private readonly extension: Uri,
        /** Keeps the last report over a reload; VS Code saves what the view itself keeps only once a minute. */
        private readonly memory: Memento,
        private readonly again: (target: ProbeParams) => void,
    ) {
        const deserializeWebviewPanel = async (panel: WebviewPanel) => {
            this.said = this.memory.get(TYPE, []);
            this.adopt(panel);
        };
        this.serializer = window.registerWebviewPanelSerializer(TYPE, { deserializeWebviewPanel });
    }

    /** Clears the panel for a new probe; what an older probe still posts is dropped. */
    begin(target: ProbeParams): { post(message: ToView): void } {
        const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
        if (this.panel === undefined) this.adopt(window.createWebviewPanel(TYPE, "Nablint Probe", column));
        else this.panel.reveal(undefined, true);
        const said: ToView[] = (this.said = []);
        const post = (message: ToView) => {
            if (said === this.said) this.post(message);
        };
        post({ kind: "begin", target });
        return { post };
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
                for (const earlier of this.said) void this.panel?.webview.postMessage(earlier);
                break;
            case "again":
                this.again(message.target);
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
