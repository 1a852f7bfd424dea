// Runs inside VS Code: from an edit to the diagnostics that it changes, with nablint and with a server that does nothing.
const { renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const vscode = require("vscode");

const KEYS = 60;
const PATIENCE = 60_000;
const COMMENT = "  # nablint: ignore";
const folder = vscode.workspace.workspaceFolders[0].uri;
const file = vscode.Uri.joinPath(folder, "model.py");

exports.run = async () => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    const outcome = {};
    for (const name of ["nablint", "noop", "nablint again", "noop again"]) {
        const python = name.startsWith("noop") ? join(folder.fsPath, "noop") : undefined;
        await vscode.workspace
            .getConfiguration("nablint")
            .update("interpreter", python, vscode.ConfigurationTarget.Workspace);
        await vscode.commands.executeCommand("nablint.restart");
        await until(() => count() === 1);
        outcome[name] = [];
        for (let key = 0; key < KEYS; key++) outcome[name].push(await typed());
    }
    const result = join(folder.fsPath, "result.json");
    writeFileSync(`${result}.part`, JSON.stringify(outcome));
    renameSync(`${result}.part`, result);
};

const count = () => vscode.languages.getDiagnostics(file).length;

/** Milliseconds from an edit that silences the one finding, or brings it back, to the event that says so. */
async function typed() {
    const wanted = 1 - count();
    const document = await vscode.workspace.openTextDocument(file);
    const end = document.lineAt(4).range.end;
    const change = new vscode.WorkspaceEdit();
    if (wanted === 0) change.insert(file, end, COMMENT);
    else change.delete(file, new vscode.Range(end.translate(0, -COMMENT.length), end));
    let subscription;
    const changed = new Promise((resolve) => {
        subscription = vscode.languages.onDidChangeDiagnostics(() => count() === wanted && resolve());
    });
    const began = performance.now();
    await vscode.workspace.applyEdit(change);
    await changed;
    subscription.dispose();
    return performance.now() - began;
}

async function until(question) {
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
        if (question()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("The server does not answer.");
}
