// Where set-up puts things, for every other script. Node's own modules only: this runs before `npm ci`.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const at = (...parts) => join(ROOT, ...parts);

export const PYTHON = at(".venv/bin/python");
export const NABLINT = at(".venv/bin/nablint");

// VS Code and vsce need a newer Node than the one that people have; npm brings it.
export function newerNode() {
    const bundled = at("node_modules", `node-${process.platform}-${process.arch}`, "bin/node");
    return existsSync(bundled) ? bundled : process.execPath;
}

// code-server is VS Code itself, served to a browser: 4.139.1 holds VS Code 1.139.1, and 4.99.4 VS Code 1.99.3, the oldest
// that the extension is for.
export const OLDEST = process.env.NABLINT_VSCODE === "oldest";
export const CODE_SERVER_VERSION = OLDEST ? "4.99.4" : "4.139.1";
export const codeServerNode = () => (OLDEST ? process.execPath : newerNode());
export const EDITORS = at(".editors");
export const CODE_SERVER = join(EDITORS, `code-server-${CODE_SERVER_VERSION}`);
export const CODE_SERVER_ENTRY = join(CODE_SERVER, "node_modules/code-server/out/node/entry.js");

export const VSIX = at("dist/nablint.vsix");

/** The probe's report as a page, package data of nablint. */
export const PAGE = at("server/nablint/report/page.html");
