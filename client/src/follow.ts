// The panel goes with the cursor, greys what no longer holds, and offers the fix of what the probe found.
import {
    CodeActionKind,
    commands,
    Disposable,
    languages,
    Uri,
    window,
    workspace,
    type CodeAction,
    type Diagnostic,
    type TextEditor,
} from "vscode";
import { RequestType } from "vscode-languageclient/node";
import type { Ctx } from "./ctx";
import { probe } from "./probe";
import type { LastProbe, ProbeParams, Report } from "./protocol";

const PROBED = new RequestType<ProbeParams, LastProbe | null, void>("nablint/probed");
/** Milliseconds of rest after which the panel looks again. */
const REST = 250;

/** Looks again whenever cursor or text have come to rest. */
export function follow(ctx: Ctx): Disposable {
    let timer: NodeJS.Timeout | undefined;
    const later = () => {
        clearTimeout(timer);
        timer = setTimeout(() => void look(ctx), REST);
    };
    return Disposable.from(
        window.onDidChangeTextEditorSelection(later),
        workspace.onDidChangeTextDocument(later),
        languages.onDidChangeDiagnostics(later),
        { dispose: () => clearTimeout(timer) },
    );
}

/** Shows the cursor's function unless the panel is pinned, and tells whether what is shown still holds. */
export async function look(ctx: Ctx): Promise<void> {
    const { panel } = ctx;
    if (!panel.visible || panel.running) return;
    const near = panel.pinned ? null : await lastProbe(ctx, cursor(window.activeTextEditor));
    if (near !== null && !panel.running && !isSame(near.target, panel.target)) panel.show(near);
    const shown = panel.target;
    const last = await lastProbe(ctx, shown);
    const fix = await preferred(shown, panel.report);
    // A probe may have begun meanwhile, or another function been shown.
    if (shown === panel.target && !panel.running) panel.tell(last?.report != null && !last.holds, fix?.title ?? "");
}

/** The function at a place as a target that stays the same when the text around it moves. */
export async function named(ctx: Ctx, target: ProbeParams): Promise<ProbeParams> {
    return (await lastProbe(ctx, target))?.target ?? target;
}

/** Applies the fix for the first finding that has one, and probes again; the panel then shows before and after. */
export async function fixAndProbe(ctx: Ctx): Promise<void> {
    const { target, report } = ctx.panel;
    const fix = await preferred(target, report);
    if (target === undefined || fix?.edit === undefined) {
        void window.showInformationMessage("Nablint: there is no fix any more for what the probe found.");
        return;
    }
    if (await workspace.applyEdit(fix.edit)) await probe(ctx, target, report);
}

async function lastProbe(ctx: Ctx, target: ProbeParams | undefined): Promise<LastProbe | null> {
    if (target === undefined || ctx.client === undefined || ctx.status.kind !== "running") return null;
    // A server that is older than the extension, or stops just now, has nothing to say.
    return ctx.client.sendRequest(PROBED, target).catch(() => null);
}

function cursor(editor: TextEditor | undefined): ProbeParams | undefined {
    if (editor?.document.languageId !== "python") return undefined;
    const { line, character } = editor.selection.active;
    return { uri: editor.document.uri.toString(), position: { line, character } };
}

function isSame(one: ProbeParams, other: ProbeParams | undefined): boolean {
    const key = ({ uri, name, position }: ProbeParams) => JSON.stringify([uri, name, position]);
    return other !== undefined && key(one) === key(other);
}

/** The fix that an editor would take by itself, of the first finding of the report that has one. */
async function preferred(target: ProbeParams | undefined, report: Report | undefined): Promise<CodeAction | undefined> {
    if (target === undefined || report === undefined) return undefined;
    const uri = Uri.parse(target.uri);
    const said = new Set(report.agreements.map(({ message }) => message));
    for (const { range } of languages.getDiagnostics(uri).filter(isIn(said))) {
        const actions = await commands.executeCommand<CodeAction[]>(
            "vscode.executeCodeActionProvider",
            uri,
            range,
            CodeActionKind.QuickFix.value,
        );
        const fix = actions.find((action) => action.isPreferred && action.edit !== undefined);
        if (fix !== undefined) return fix;
    }
    return undefined;
}

const isIn = (said: Set<string>) => (diagnostic: Diagnostic) => said.has(diagnostic.message);
