// Runs carrier/index.js inside VS Code's own extension host, against the installed .vsix.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OLDEST, at } from "../../client/scripts/places.mjs";
import { drive, until } from "./harness.mjs";

const carrier = at("tests/editor/carrier");

const flags = OLDEST ? [] : ["--vscode-option", "enable-smoke-test-driver"];

await drive({ flags }, async ({ page, workspace, editor }) => {
    const payload = [
        ["extensionDevelopmentPath", carrier],
        ["extensionTestsPath", join(carrier, "index.js")],
    ];
    await page.goto(editor.url(workspace, payload));
    const result = join(workspace, "result.json");
    await until("the tests inside VS Code have ended", () => existsSync(result), 300_000);
    return { cases: JSON.parse(readFileSync(result, "utf8")) };
});
