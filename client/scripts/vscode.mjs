// A real VS Code on a loopback address, with the extension installed from its .vsix.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { CODE_SERVER_ENTRY, VSIX, codeServerNode } from "./places.mjs";
import { Sorry, quiet } from "./run.mjs";

const FLAGS = [
    ["--auth", "none"],
    ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
    ["--disable-proxy", "--ignore-last-opened"],
].flat();

/** What keeps VS Code from showing anything but the folder. */
const QUIET_SETTINGS = {
    "chat.commandCenter.enabled": false,
    "chat.disableAIFeatures": true,
    "editor.accessibilitySupport": "off",
    "editor.minimap.enabled": false,
    "editor.scrollBeyondLastLine": false,
    "editor.wordBasedSuggestions": "off",
    "extensions.autoCheckUpdates": false,
    "extensions.autoUpdate": false,
    "extensions.ignoreRecommendations": true,
    "files.autoSave": "off",
    "git.enabled": false,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "window.restoreWindows": "preserve",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
};

/** A port that nothing listens on; the wanted one if it is free. */
export function freePort(wanted = 0) {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", (error) => (wanted === 0 ? reject(error) : resolve(freePort())));
        server.listen(wanted, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

/**
 * Starts VS Code with its data under `home`, and gives its address and how to end it.
 * `machine` holds settings of scope machine: VS Code reads them from nowhere else.
 */
export async function startVSCode({ home, machine = {}, user = {}, port, flags = [], trusted = true }) {
    const data = join(home, "data");
    for (const folder of ["data/User", "data/Machine", "extensions", "home"]) {
        mkdirSync(join(home, folder), { recursive: true });
    }
    const trust = trusted ? { "security.workspace.trust.enabled": false } : {};
    writeJson(join(data, "User/settings.json"), { ...QUIET_SETTINGS, ...trust, ...user });
    writeJson(join(data, "Machine/settings.json"), machine);
    const env = { ...process.env, HOME: join(home, "home") };
    for (const name of ["VSCODE_IPC_HOOK_CLI", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]) delete env[name];
    const where = [CODE_SERVER_ENTRY, "--user-data-dir", data, "--extensions-dir", join(home, "extensions")];
    await quiet(codeServerNode(), [...where, "--install-extension", VSIX, "--force"], { env });
    const listen = await freePort(port);
    const address = `127.0.0.1:${listen}`;
    const args = [...where, ...FLAGS, ...flags, "--bind-addr", address];
    // Its own process group, so that ending it ends the extension host and the language server too.
    const child = spawn(codeServerNode(), args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(join(home, "code-server.log"));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const stop = () => endGroup(child.pid, ended);
    try {
        await answers(`http://${address}/healthz`, ended);
    } catch (error) {
        await stop();
        throw error;
    }
    return { address, ended, stop, url: (folder, payload = []) => pageUrl(address, folder, payload) };
}

/** The page that shows a folder; `payload` holds pairs such as ["openFile", path]. */
function pageUrl(address, folder, payload) {
    const pairs = payload.map(([key, path]) => [key, `vscode-remote://${address}${path}`]);
    const query = new URLSearchParams({ folder });
    if (pairs.length > 0) query.set("payload", JSON.stringify(pairs));
    return `http://${address}/?${query}`;
}

async function answers(url, ended) {
    let over = false;
    void ended.then(() => (over = true));
    for (let tries = 0; tries < 600 && !over; tries++) {
        if (
            await fetch(url).then(
                ({ ok }) => ok,
                () => false,
            )
        )
            return;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Sorry("VS Code did not start; see code-server.log in its folder.");
}

async function endGroup(pid, ended) {
    for (const signal of ["SIGTERM", "SIGKILL"]) {
        try {
            process.kill(-pid, signal);
        } catch {
            return; // The whole group is gone.
        }
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
    }
}

function writeJson(path, value) {
    writeFileSync(path, JSON.stringify(value, null, 4));
}
