import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
    extensions,
    workspace,
    type Disposable,
    type Event,
    type ExtensionContext,
    type LogOutputChannel,
} from "vscode";
import { TransportKind, type Executable } from "vscode-languageclient/node";

/** A Python that has nablint. */
export interface Server {
    python: string;
    version: string;
    options(extension: ExtensionContext): Executable;
}

interface Candidate {
    from: string;
    python: string;
}

/** The part of the Python extension's API that is used here. */
interface PythonApi {
    environments: {
        getActiveEnvironmentPath(): { path: string };
        resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: { fsPath: string } } } | undefined>;
        onDidChangeActiveEnvironmentPath: Event<unknown>;
    };
}

/** The first Python that has nablint, or the sentence that says where it was looked for. */
export async function findServer(output: LogOutputChannel): Promise<Server | { reason: string }> {
    const candidates = await candidatePythons(output);
    for (const { from, python } of candidates) {
        const version = await nablintVersion(python, output);
        if (version === undefined) continue;
        output.info(`Using nablint ${version} of ${python} (${from}).`);
        return { python, version, options: (extension) => executable(python, extension) };
    }
    const looked = candidates.map(({ from, python }) => `${python} (${from})`).join(", ");
    return { reason: `No Python with nablint was found. Looked at: ${looked}. Install it there: pip install nablint.` };
}

/** Fires when the user picks another interpreter in the Python extension. */
export function onDidChangeInterpreter(listener: () => void): Disposable {
    let inner: Disposable | undefined;
    let disposed = false;
    void pythonApi().then((api) => {
        if (!disposed) inner = api?.environments.onDidChangeActiveEnvironmentPath(listener);
    });
    return {
        dispose() {
            disposed = true;
            inner?.dispose();
        },
    };
}

async function candidatePythons(output: LogOutputChannel): Promise<Candidate[]> {
    const setting = workspace.getConfiguration("nablint").get<string>("interpreter", "").trim();
    const folders = workspace.workspaceFolders?.filter(({ uri }) => uri.scheme === "file") ?? [];
    if (setting !== "") {
        const python = setting.replaceAll("${workspaceFolder}", folders[0]?.uri.fsPath ?? "");
        return [{ from: "nablint.interpreter", python }];
    }
    const candidates: Candidate[] = [];
    // A Python inside the folder is the folder's code: it runs only where the folder is trusted.
    if (workspace.isTrusted) {
        const active = await activeInterpreter().catch(
            (error: unknown) => void output.warn(`Python extension: ${error}`),
        );
        if (active !== undefined) candidates.push({ from: "Python extension", python: active });
        for (const { uri } of folders) {
            const python = join(
                uri.fsPath,
                ".venv",
                ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]),
            );
            if (existsSync(python)) candidates.push({ from: ".venv", python });
        }
    }
    return [...candidates, { from: "PATH", python: "python3" }, { from: "PATH", python: "python" }];
}

async function activeInterpreter(): Promise<string | undefined> {
    const environments = (await pythonApi())?.environments;
    if (environments === undefined) return undefined;
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath());
    return resolved?.executable.uri?.fsPath;
}

async function pythonApi(): Promise<PythonApi | undefined> {
    const extension = extensions.getExtension<PythonApi>("ms-python.python");
    return extension === undefined ? undefined : await extension.activate();
}

const VERSION = "import nablint; print(nablint.__version__)";

// The folder of the extension is the working directory of every Python that is started here: `-c` and `-m` import from
// where they stand, and a folder named nablint in an untrusted workspace must not run.
async function nablintVersion(python: string, output: LogOutputChannel): Promise<string | undefined> {
    try {
        const { stdout } = await promisify(execFile)(python, ["-c", VERSION], { cwd: __dirname, timeout: 20_000 });
        return stdout.trim();
    } catch (error) {
        output.debug(`${python}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
    }
}

function executable(python: string, extension: ExtensionContext): Executable {
    return {
        command: python,
        args: ["-m", "nablint.lsp"],
        transport: TransportKind.stdio,
        options: { cwd: extension.extensionPath },
    };
}
