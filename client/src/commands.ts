import { commands, window, type Disposable } from "vscode";
import type { Ctx } from "./ctx";
import { named } from "./follow";
import { probe } from "./probe";

type Command = (ctx: Ctx) => unknown;

const COMMANDS: Record<string, Command> = {
    "nablint.probeActivation": probeAtCursor,
    "nablint.restart": (ctx) => ctx.restart(),
    "nablint.showOutput": (ctx) => ctx.output.show(true),
    "nablint.showServerTrace": (ctx) => ctx.trace(),
    "nablint.clearResults": (ctx) => ctx.clearResults(),
    "nablint.install": (ctx) => ctx.install(),
    "nablint.openSettings": () => commands.executeCommand("workbench.action.openSettings", "nablint"),
};

export function registerCommands(ctx: Ctx): Disposable[] {
    return Object.entries(COMMANDS).map(([name, command]) => commands.registerCommand(name, () => command(ctx)));
}

async function probeAtCursor(ctx: Ctx): Promise<void> {
    const editor = window.activeTextEditor;
    if (editor?.document.languageId !== "python") {
        void window.showInformationMessage("Nablint: put the cursor into an activation in a Python file first.");
        return;
    }
    const { line, character } = editor.selection.active;
    await probe(ctx, await named(ctx, { uri: editor.document.uri.toString(), position: { line, character } }));
}
