// Brings everything that the other commands need: `node setup.mjs [node] [python] [apt] [vscode]`, all if none is named.
// Each part leaves a stamp with a digest of what it was made from, so that a second run costs only the comparison.
import { createHash } from "node:crypto";
import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    realpathSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CODE_SERVER, CODE_SERVER_ENTRY, CODE_SERVER_VERSION, EDITORS } from "./places.mjs";
import { OLDEST, PAGE, PYTHON, at, codeServerNode } from "./places.mjs";
import { found, isMain, main, quiet, say, Sorry } from "./run.mjs";

const NPM = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];

/** The parts in order; `from` is what the stamp depends on, `make` does the work. */
const PARTS = {
    node: {
        what: "the packages of package-lock.json from npm",
        stamp: at("node_modules/.nablint"),
        from: () => [readFileSync(at("package-lock.json"))],
        make: () => quiet("npm", ["ci", ...NPM]),
    },
    page: {
        with: "node",
        what: "the page of the probe's report, from client/src/view",
        stamp: `${PAGE}.stamp`,
        from: () => [
            readFileSync(at("package-lock.json")),
            ...sources(at("client/src/view")),
            readFileSync(at("client/scripts/build.mjs")),
        ],
        make: async () => (await import("./build.mjs")).buildPage(),
    },
    python: {
        what: "a Python environment in .venv with TensorFlow, about a minute",
        stamp: at(".venv/.nablint-requirements"),
        from: () => [readFileSync(at("server/requirements.txt"))],
        make: makeEnvironment,
    },
    package: {
        with: "python",
        what: "nablint itself in .venv, editable",
        stamp: at(".venv/.nablint-package"),
        from: () => [readFileSync(at("pyproject.toml")), readFileSync(at(".venv/.nablint-requirements"))],
        make: () => pip("install", "--no-deps", "--no-build-isolation", "--editable", "."),
    },
    vscode: {
        what: `VS Code (code-server ${CODE_SERVER_VERSION} from npm), about half a minute`,
        stamp: join(CODE_SERVER, ".nablint"),
        from: () => [CODE_SERVER_VERSION],
        make: makeCodeServer,
    },
};

/** The texts of the files in a folder. */
const sources = (folder) =>
    readdirSync(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name)));

/** Commands that the editor tests run, and the Debian packages that hold them. */
const PROGRAMS = [
    { names: ["chromium", "chromium-browser", "google-chrome"], packages: ["chromium"] },
    { names: ["nvim"], packages: ["neovim"] },
    { names: ["emacs"], packages: ["emacs-nox", "elpa-eglot"] },
];

export async function setUp(names = ["node", "python", "vscode", "apt"]) {
    for (const [name, part] of Object.entries(PARTS)) {
        if (names.includes(part.with ?? name)) await bring(part);
    }
    if (names.includes("apt")) await bringPrograms();
}

async function bring({ what, stamp, from, make }) {
    const digest = from().reduce((hash, text) => hash.update(text), createHash("sha256"));
    const wanted = digest.digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
    say(`bringing ${what} …`);
    const began = Date.now();
    await make();
    writeFileSync(stamp, wanted);
    say(`done in ${Math.round((Date.now() - began) / 1000)} s.`);
}

const pip = (...args) => quiet(PYTHON, ["-m", "pip", "--disable-pip-version-check", "-q", ...args]);

async function makeEnvironment() {
    const python = process.env.PYTHON || "python3";
    const isNew = "import sys; sys.exit(sys.version_info < (3, 10))";
    await quiet(python, ["-c", isNew]).catch(() => {
        throw new Sorry(`Python 3.10 or newer is needed; \`${python}\` is not. Set PYTHON to one that is.`);
    });
    if (!existsSync(PYTHON)) await quiet(python, ["-m", "venv", at(".venv")]);
    await pip("install", "--no-compile", "--require-hashes", "-r", at("server/requirements.txt"));
    // Compiled on all cores here, or else on one core at the first import. Templates in some packages do not compile.
    await quiet(PYTHON, ["-m", "compileall", "-q", "-j", "0", at(".venv/lib")]).catch(() => {});
}

async function makeCodeServer() {
    rmSync(CODE_SERVER, { recursive: true, force: true });
    mkdirSync(CODE_SERVER, { recursive: true });
    writeFileSync(join(EDITORS, "package.json"), '{"private": true}\n');
    writeFileSync(join(CODE_SERVER, "package.json"), '{"private": true}\n');
    const node = codeServerNode();
    const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
    const vscode = join(CODE_SERVER, "node_modules/code-server/lib/vscode");
    await quiet("npm", ["install", ...NPM, `code-server@${CODE_SERVER_VERSION}`], { cwd: CODE_SERVER, env });
    if (OLDEST) await compileArgon2(env);
    await quiet("npm", ["install", ...NPM, "--omit=dev"], { cwd: vscode, env });
    await quiet("npm", ["install", ...NPM, "--omit=dev"], { cwd: join(vscode, "extensions"), env });
    // These two links are all that the skipped install script would have made and that is used here.
    link("code-linux.sh", join(vscode, "bin/remote-cli/code-server"));
    link("browser-linux.sh", join(vscode, "bin/helpers/browser.sh"));
    await quiet(node, [CODE_SERVER_ENTRY, "--version"], { env });
}

/** The one thing that an old code-server compiles; with the headers that lie beside Node, or else npm would fetch some. */
async function compileArgon2(env) {
    const nodedir = dirname(dirname(realpathSync(process.execPath)));
    const options = { cwd: CODE_SERVER, env: { ...env, npm_config_nodedir: nodedir } };
    await quiet("npm", ["rebuild", "argon2", "--build-from-source"], options);
}

function link(target, path) {
    if (readdirSync(dirname(path)).includes(target) && !existsSync(path)) symlinkSync(target, path);
}

async function bringPrograms() {
    const missing = PROGRAMS.filter(({ names }) => !names.some(found));
    if (missing.length === 0) return;
    const packages = missing.flatMap((program) => program.packages);
    if (!found("apt-get") || process.getuid?.() !== 0) {
        say(`the editor tests need ${packages.join(", ")}: install them, since this needs root and apt.`);
        return;
    }
    say(`bringing ${packages.join(", ")} with apt, about half a minute …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await quiet("apt-get", ["update", "-qq"], { env });
    await quiet("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env });
}

if (isMain(import.meta)) {
    await main(() => setUp(process.argv.length > 2 ? process.argv.slice(2) : undefined));
}
