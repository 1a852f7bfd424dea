// Asks the registries what is known against the packages that nablint rests on: Python's and those of the extension.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, at } from "./places.mjs";
import { Sorry, main, say } from "./run.mjs";

const PATIENCE = Number(process.env.NABLINT_AUDIT_SECONDS ?? 300) * 1000;

await main(async () => {
    const [python, node] = [await audited("pip-audit", ofPython), await audited("npm audit", ofNode)];
    if (!python || !node) throw new Sorry("Known weaknesses were found: see above.");
});

/** False if something is known; what a registry does not answer is told in one sentence, and is no failure. */
async function audited(name, ask) {
    try {
        const { status, answered, output } = ask();
        if (!answered) {
            say(`${name} could not ask its registry (${lastLine(output)}): nothing is known of these packages.`);
            return true;
        }
        if (status !== 0) console.log(output.trim());
        say(status === 0 ? `${name} found nothing that is known.` : `${name} found something that is known.`);
        return status === 0;
    } catch (error) {
        say(`${name} could not be run (${error.message}): nothing is known of these packages.`);
        return true;
    }
}

function ofPython() {
    const folder = mkdtempSync(join(tmpdir(), "nablint-audit-"));
    try {
        const pip = ["install", "--quiet", "--disable-pip-version-check", "pip-audit"];
        for (const [command, args] of [
            ["python3", ["-m", "venv", folder]],
            [join(folder, "bin/python"), ["-m", "pip", ...pip]],
        ]) {
            const made = run(command, args);
            if (made.status !== 0) return { ...made, answered: false };
        }
        const given = ["-r", at("server/requirements.txt"), "--disable-pip", "--progress-spinner", "off", "-f", "json"];
        const asked = run(join(folder, "bin/pip-audit"), given);
        // Of a package that it could not look up, it says why.
        const asks = isJson(asked.out) ? JSON.parse(asked.out).dependencies : [];
        return { ...asked, answered: asks.some((one) => one.vulns !== undefined) };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function ofNode() {
    const asked = run("npm", ["audit", "--json"]);
    const found = isJson(asked.out) ? JSON.parse(asked.out) : {};
    const said = found.message ?? found.error?.summary ?? asked.output;
    return { ...asked, output: found.metadata ? asked.output : said, answered: found.metadata !== undefined };
}

function run(command, args) {
    const done = spawnSync(command, args, { cwd: ROOT, encoding: "utf-8", timeout: PATIENCE });
    if (done.error !== undefined) throw done.error;
    return { status: done.status, out: done.stdout, output: `${done.stdout}\n${done.stderr}` };
}

function isJson(text) {
    try {
        return typeof JSON.parse(text) === "object";
    } catch {
        return false;
    }
}

function lastLine(output) {
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    return (lines.at(-1) ?? "it said nothing").trim().replace(/[.:]$/, "").slice(0, 200);
}
