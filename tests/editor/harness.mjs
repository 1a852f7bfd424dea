// One VS Code, one Chromium and a copy of the workspace, under the folder that the command line names.
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { EDITORS, PYTHON, at } from "../../client/scripts/places.mjs";
import { startVSCode } from "../../client/scripts/vscode.mjs";

const PATIENCE = 60_000;
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** Runs `body`, ends what was started, and prints one JSON object: `ok`, `error`, and what `body` returned. */
export async function drive(options, body) {
    const home = process.argv[2];
    const workspace = join(home, "workspace");
    cpSync(at("tests/editor/workspace"), workspace, { recursive: true });
    const machine = { "nablint.interpreter": process.env.NABLINT_EDITOR_PYTHON || PYTHON };
    let editor, browser, page;
    let outcome;
    try {
        editor = await startVSCode({ home, machine, ...options });
        browser = await launch();
        page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        page.setDefaultTimeout(PATIENCE);
        outcome = { ok: true, ...(await body({ page, workspace, editor, shot: (name) => shot(page, name) })) };
    } catch (error) {
        if (page) await shot(page, "failed").catch(() => {});
        outcome = { ok: false, error: String(error.stack ?? error) };
    } finally {
        await browser?.close();
        await editor?.stop();
    }
    console.log(JSON.stringify(outcome));
}

/** Asks until the answer is true; the only way to wait for what the page does not show. */
export async function until(what, question, patience = PATIENCE) {
    for (const end = Date.now() + patience; Date.now() < end;) {
        if (await question()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Not within ${patience / 1000} s: ${what}.`);
}

async function launch() {
    const executablePath = CHROMIUM.find(existsSync);
    if (executablePath === undefined) throw new Error("Chromium is missing: install the package chromium.");
    return chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
}

async function shot(page, name) {
    const folder = join(EDITORS, "shots");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    return path;
}
