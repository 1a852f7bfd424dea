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
import type { Bundled } from "./bundled";

/** A Python that has nablint. */
export interface Server {
    python: string;
    version: string;
    /** The Python for probes where no setting names one: the project's own, which has TensorFlow. */
    project: string | undefined;
    options(extension: ExtensionContext): Executable;
}

const SETTING = "nablint.interpreter";

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

/** The first Python that has nablint, the extension's own last, or the sentence that says where it was looked for. */
export async function findServer(bundled: Bundled, output: LogOutputChannel): Promise<Server | { reason: string }> {
    const candidates = await candidatePythons(output);
    const [first] = candidates;
    const project = first === undefined || first.from === "PATH" ? undefined : first.python;
    const found = (await firstWithNablint(candidates, output)) ?? (await ownNablint(bundled, candidates, output));
    if (found === undefined) {
        const looked = candidates.map(({ from, python }) => `${python} (${from})`).join(", ");
        return { reason: `No Python with nablint was found. Looked at: ${looked}.` };
    }
    const { from, python, version } = found;
    output.info(`Using nablint ${version} of ${python} (${from}).`);
    return { python, version, project, options: (extension) => executable(python, extension) };
}

/** The Pythons that were looked at, to make an environment with. */
export async function pythons(output: LogOutputChannel): Promise<string[]> {
    return (await candidatePythons(output)).map(({ python }) => python);
}

async function firstWithNablint(candidates: Candidate[], output: LogOutputChannel) {
    for (const candidate of candidates) {
        const version = await nablintVersion(candidate.python, output);
        if (version !== undefined) return { ...candidate, version };
    }
    return undefined;
}

/** The extension's own nablint, brought up to date, or installed after a question. */
async function ownNablint(bundled: Bundled, candidates: Candidate[], output: LogOutputChannel) {
    // A Python that the user set is the one that is meant.
    if (candidates.some(({ from }) => from === SETTING)) return undefined;
    const pythons = candidates.map(({ python }) => python);
    if (bundled.outdated) await bundled.install(pythons);
    const python = bundled.python ?? (await bundled.offer(pythons));
    return python === undefined ? undefined : firstWithNablint([{ from: "the extension's own", python }], output);
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
        return [{ from: SETTING, python }];
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
