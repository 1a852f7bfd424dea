// A folder that nobody trusts is analysed, and nothing of it runs.
import { join } from "node:path";
import { drive } from "./harness.mjs";

await drive({ trusted: false }, async ({ page, workspace, editor, shot }) => {
    await page.goto(editor.url(workspace, [["openFile", join(workspace, "model.py")]]));
    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await page.locator(".squiggly-warning").first().waitFor();
    await page.locator(".codelens-decoration a", { hasText: "Probe" }).first().click();
    const toast = page.locator(".notification-list-item", { hasText: "Nablint" });
    await toast.waitFor();
    await shot("untrusted");
    return { said: await toast.innerText(), panels: await page.locator("iframe.webview").count() };
});
