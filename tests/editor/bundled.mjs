// No Python on this machine has nablint: the extension asks once, installs its own, and works.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { drive } from "./harness.mjs";

await drive({ machine: {} }, async ({ page, workspace, editor, shot }) => {
    await page.goto(editor.url(workspace, [["openFile", join(workspace, "model.py")]]));
    const question = page.locator(".notification-list-item", { hasText: "No Python with nablint was found" });
    await question.waitFor();
    await shot("install");
    await question.locator(".monaco-button", { hasText: "Install" }).click();
    await page.locator(".squiggly-warning").first().waitFor();
    const storage = join(process.argv[2], "data/User/globalStorage/nablint.nablint/environments");
    const [environment] = readdirSync(storage);
    return { installed: join(storage, environment) };
});
