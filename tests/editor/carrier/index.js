// Runs inside VS Code. Each case is one promise of the extension; the outcome of all goes into result.json.
const { readFileSync, readdirSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const vscode = require("vscode");

const PATIENCE = 30_000;
const folder = vscode.workspace.workspaceFolders[0].uri;
const file = vscode.Uri.joinPath(folder, "model.py");

const CASES = {
    async "the status tells version and interpreter"() {
        const status = await running();
        equal(typeof status.python, "string");
        if (!/^\d+\.\d+/.test(status.version)) throw new Error(`version ${status.version}`);
    },

    async "a risky activation has a diagnostic on its exp"() {
        const [diagnostic] = await diagnostics(file);
        equal(codeOf(diagnostic), "overflow");
        equal(diagnostic.severity, vscode.DiagnosticSeverity.Warning);
        const document = await vscode.workspace.openTextDocument(file);
        equal(document.getText(diagnostic.range), "tf.math.exp(scale * x)");
    },

    async "hover says more about it"() {
        const [diagnostic] = await diagnostics(file);
        const hovers = await ask("vscode.executeHoverProvider", file, diagnostic.range.start);
        const text = hovers.flatMap((hover) => hover.contents.map((content) => content.value)).join("\n");
        if (!text.includes("float32")) throw new Error(`hover: ${text}`);
    },

    async "hover on a name draws the function"() {
        const hovers = await ask("vscode.executeHoverProvider", file, new vscode.Position(3, 6));
        const text = hovers.flatMap((hover) => hover.contents.map((content) => content.value)).join("\n");
        if (!text.includes("](data:image/svg+xml;base64,")) throw new Error(`hover: ${text}`);
    },

    async "every command of the manifest is there"() {
        const known = new Set(await vscode.commands.getCommands(true));
        const { commands } = vscode.extensions.getExtension("nablint.nablint").packageJSON.contributes;
        equal(commands.filter(({ command }) => !known.has(command)).length, 0);
        await vscode.commands.executeCommand("nablint.clearResults");
    },

    async "inlay hints come when they are wanted"() {
        const range = new vscode.Range(0, 0, 9, 0);
        equal((await ask("vscode.executeInlayHintProvider", file, range)).length, 0);
        await setting("inlayHints", true);
        await until("a hint", async () => (await ask("vscode.executeInlayHintProvider", file, range)).length > 0);
        const [hint] = await ask("vscode.executeInlayHintProvider", file, range);
        if (!hint.label.includes("float32 in [")) throw new Error(hint.label);
        await setting("inlayHints", undefined);
    },

    async "a lens above the function probes it"() {
        const lenses = await ask("vscode.executeCodeLensProvider", file, 10);
        const [lens] = lenses.filter(({ command }) => command?.command === "nablint.probe");
        equal(lens.range.start.line, 3);
        equal(lens.command.arguments[0].name, "softplus_scaled");
    },

    async "the quick fix applies and the diagnostic goes"() {
        const document = await applyFix(file);
        equal(document.lineAt(4).text.trim(), "return tf.math.softplus(scale * x)");
        await silence(file);
    },

    async "undo brings the diagnostic back"() {
        const document = await vscode.workspace.openTextDocument(file);
        await vscode.window.showTextDocument(document);
        await vscode.commands.executeCommand("undo");
        await diagnostics(file);
    },

    async "half-typed code keeps the server alive"() {
        const document = await vscode.workspace.openTextDocument(file);
        await edit(file, (change) =>
            change.insert(file, new vscode.Position(document.lineCount, 0), "\ndef half(x:\n"),
        );
        await edit(file, (change) => change.delete(file, new vscode.Range(5, 0, document.lineCount, 0)));
        await diagnostics(file);
        equal(status().kind, "running");
    },

    async "a notebook cell has diagnostics and a fix"() {
        const uri = vscode.Uri.joinPath(folder, "notebook.ipynb");
        const notebook = await vscode.workspace.openNotebookDocument(uri);
        await vscode.window.showNotebookDocument(notebook);
        const cell = notebook.cellAt(1).document.uri;
        const document = await applyFix(cell);
        equal(document.lineAt(1).text.trim(), "return tf.math.softplus(x)");
        await silence(cell);
    },

    async "restart brings a new server that sees the open files"() {
        const [before] = servers();
        await vscode.commands.executeCommand("nablint.restart");
        await running();
        await until("one other server", () => servers().length === 1 && servers()[0] !== before);
        await diagnostics(file);
    },

    async "a crashed server comes back by itself"() {
        const [before] = servers();
        process.kill(before, "SIGKILL");
        await until("another server", () => servers().length === 1 && servers()[0] !== before);
        await running();
        await diagnostics(file);
    },

    async "after many crashes the status says so and restart helps"() {
        await until("failed", async () => {
            for (const server of servers()) process.kill(server, "SIGKILL");
            return status().kind === "failed";
        });
        equal(servers().length, 0);
        await vscode.commands.executeCommand("nablint.restart");
        await running();
    },

    async "a missing interpreter is one clear sentence"() {
        await setting("interpreter", "/nowhere/python");
        await until("failed", () => status().kind === "failed");
        if (!status().reason.includes("/nowhere/python")) throw new Error(status().reason);
        await setting("interpreter", undefined);
        await running();
    },
};

exports.run = async () => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    const outcome = {};
    for (const [name, body] of Object.entries(CASES)) {
        outcome[name] = await body().then(
            () => "ok",
            (error) => String(error.stack ?? error),
        );
    }
    const result = join(folder.fsPath, "result.json");
    writeFileSync(`${result}.part`, JSON.stringify(outcome));
    renameSync(`${result}.part`, result);
};

function status() {
    const extension = vscode.extensions.getExtension("nablint.nablint");
    return extension.isActive ? extension.exports.status() : { kind: "inactive" };
}

const ask = (command, ...args) => vscode.commands.executeCommand(command, ...args);
const ours = (uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "nablint");
const codeOf = ({ code }) => (typeof code === "object" ? code.value : code);

async function running() {
    await until("the server runs", () => status().kind === "running");
    return status();
}

async function diagnostics(uri) {
    await until(`diagnostics in ${uri}`, () => ours(uri).length > 0);
    return ours(uri);
}

async function silence(uri) {
    await until(`no diagnostics in ${uri}`, () => ours(uri).length === 0);
}

async function applyFix(uri) {
    const [diagnostic] = await diagnostics(uri);
    const kind = vscode.CodeActionKind.QuickFix.value;
    const actions = await ask("vscode.executeCodeActionProvider", uri, diagnostic.range, kind, 10);
    const fix = actions.find(({ title, edit }) => edit !== undefined && title.includes("softplus"));
    if (fix === undefined) throw new Error(`actions: ${actions.map(({ title }) => title).join(", ")}`);
    await vscode.workspace.applyEdit(fix.edit);
    return vscode.workspace.openTextDocument(uri);
}

async function edit(uri, make) {
    const change = new vscode.WorkspaceEdit();
    make(change);
    if (!(await vscode.workspace.applyEdit(change))) throw new Error(`no edit in ${uri}`);
}

function setting(name, value) {
    const target = vscode.ConfigurationTarget.Workspace;
    return vscode.workspace.getConfiguration("nablint").update(name, value, target);
}

/** The language servers that this extension host started, by process id. */
function servers() {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && isServer(name))
        .map(Number);
}

function isServer(pid) {
    try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("nablint.lsp");
    } catch {
        return false; // It ended while we looked.
    }
}

function equal(actual, expected) {
    if (actual !== expected) throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

async function until(what, question) {
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
        if (await question()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Not within ${PATIENCE / 1000} s: ${what}; status ${JSON.stringify(status())}`);
}
