// Runs index.js inside VS Code, with the extension installed from dist/nablint.vsix.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OLDEST, PYTHON, at } from "../../../client/scripts/places.mjs";
import { drive, until } from "../../editor/harness.mjs";

const typist = at("tests/bench/host");
const flags = OLDEST ? [] : ["--vscode-option", "enable-smoke-test-driver"];

await drive({ flags }, async ({ page, workspace, editor }) => {
    // A Python in which `-m nablint.lsp` is the server that does nothing.
    const noop = join(workspace, "noop");
    const server = `exec "${PYTHON}" "${join(typist, "noop.py")}"`;
    writeFileSync(noop, `#!/bin/sh\n[ "$1" = -m ] && ${server}\nexec "${PYTHON}" "$@"\n`);
    chmodSync(noop, 0o755);
    const payload = [
        ["extensionDevelopmentPath", typist],
        ["extensionTestsPath", join(typist, "index.js")],
    ];
    await page.goto(editor.url(workspace, payload));
    const result = join(workspace, "result.json");
    await until("the typing inside VS Code has ended", () => existsSync(result), 300_000);
    return { times: JSON.parse(readFileSync(result, "utf8")) };
});
