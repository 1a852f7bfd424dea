// Writes server/requirements.txt anew: the newest versions that pyproject.toml allows, with the hash of every file.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "./places.mjs";
import { main, quiet, say } from "./run.mjs";

const TENSORFLOW = "2.21.0";
const OPTIONS = ["--universal", "--python-version", "3.10", "--generate-hashes", "--upgrade"];
const PLAIN = ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"];

await main(async () => {
    const folder = mkdtempSync(join(tmpdir(), "nablint-lock-"));
    const constraints = join(folder, "constraints.txt");
    writeFileSync(constraints, `tensorflow==${TENSORFLOW}\ntensorflow-cpu==${TENSORFLOW}\n`);
    try {
        await quiet("python3", ["-m", "venv", folder]);
        await quiet(join(folder, "bin/pip"), ["install", "--quiet", "uv"]);
        const inputs = [at("pyproject.toml"), "--extra", "probe", "--group", "dev", "-c", constraints];
        const output = ["-o", at("server/requirements.txt")];
        await quiet(join(folder, "bin/uv"), ["pip", "compile", ...inputs, ...OPTIONS, ...PLAIN, ...output]);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
    say("server/requirements.txt is new; run `npm test`, then commit it.");
});
