import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProgressLocation, window, type ExtensionContext, type LogOutputChannel } from "vscode";

const run = promisify(execFile);
const DECLINED = "nablint.declined";
/** Written into an environment once it is whole. */
const STAMP = ".nablint";
const IS_NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 10))";

/** The extension's own nablint: a wheel that it brings, in a Python environment that it keeps to itself. */
export class Bundled {
    private readonly home: string;

    constructor(
        private readonly extension: ExtensionContext,
        private readonly output: LogOutputChannel,
    ) {
        this.home = join(extension.globalStorageUri.fsPath, "environments");
    }

    /** Its Python, if it was installed; that of an earlier version as long as there is no other. */
    get python(): string | undefined {
        const [latest] = this.installed;
        return latest === undefined ? undefined : pythonIn(join(this.home, latest));
    }

    /** Whether it is there, but from an earlier version of the extension. */
    get outdated(): boolean {
        return this.wheel !== undefined && this.installed.length > 0 && !this.installed.includes(this.wheel);
    }

    /** The wheels that have a whole environment, this version's first. */
    private get installed(): string[] {
        if (!existsSync(this.home)) return [];
        const whole = readdirSync(this.home).filter((name) => existsSync(join(this.home, name, STAMP)));
        return whole.sort((a, b) => Number(b === this.wheel) - Number(a === this.wheel));
    }

    /** Asks once, ever; the command installs it without a question. */
    async offer(pythons: string[]): Promise<string | undefined> {
        if (this.wheel === undefined || this.extension.globalState.get(DECLINED) === true) return undefined;
        const text =
            "No Python with nablint was found. Nablint can install itself, with the packages it needs from PyPI, " +
            "in an environment of its own; your environments stay as they are.";
        const install = "Install";
        const answer = await window.showInformationMessage(`Nablint: ${text}`, install, "Not Now");
        if (answer === install) return this.install(pythons);
        await this.extension.globalState.update(DECLINED, true);
        return undefined;
    }

    /** Installs it with the first Python that can; undefined, with an error shown, if none can. */
    async install(pythons: string[]): Promise<string | undefined> {
        const options = { location: ProgressLocation.Notification, title: "Nablint: installing" };
        try {
            return await window.withProgress(options, () => this.make(pythons));
        } catch (error) {
            const words = error instanceof Error ? error.message : String(error);
            this.output.error(words);
            void window.showErrorMessage(`Nablint could not be installed: ${words.split("\n")[0]}`);
            return undefined;
        }
    }

    private async make(pythons: string[]): Promise<string> {
        const wheel = this.wheel;
        if (wheel === undefined) throw new Error("This build of the extension brings no nablint.");
        const python = await firstNewEnough(pythons);
        const folder = join(this.home, wheel);
        rmSync(folder, { recursive: true, force: true });
        await this.step(python, ["-m", "venv", folder]);
        const own = pythonIn(folder);
        const path = join(this.extension.extensionPath, "client/out", wheel);
        await this.step(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", path]);
        writeFileSync(join(folder, STAMP), "");
        for (const old of readdirSync(this.home).filter((name) => name !== wheel)) {
            rmSync(join(this.home, old), { recursive: true, force: true });
        }
        return own;
    }

    private async step(python: string, args: string[]): Promise<void> {
        this.output.info(`${python} ${args.join(" ")}`);
        const { stderr } = await run(python, args, { cwd: __dirname, timeout: 600_000 });
        if (stderr !== "") this.output.info(stderr);
    }

    private get wheel(): string | undefined {
        return readdirSync(join(this.extension.extensionPath, "client/out")).find((name) => name.endsWith(".whl"));
    }
}

function pythonIn(folder: string): string {
    return join(folder, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]));
}

async function firstNewEnough(pythons: string[]): Promise<string> {
    for (const python of pythons) {
        const answer = await run(python, ["-c", IS_NEW_ENOUGH], { cwd: __dirname, timeout: 20_000 }).catch(
            () => undefined,
        );
        if (answer !== undefined) return python;
    }
    throw new Error(`Python 3.10 or newer is needed; looked at ${pythons.join(", ")}.`);
}
