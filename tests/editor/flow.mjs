// What a person does: sees the squiggle, probes, reads the panel, takes the fix by keyboard and back, then from the
// panel, which probes again, and saves.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../client/scripts/places.mjs";
import { drive, until } from "./harness.mjs";

await drive({}, async ({ page, workspace, editor, shot }) => {
    const file = join(workspace, "model.py");
    await page.goto(editor.url(workspace, [["openFile", file]]));
    await page.locator(".squiggly-warning").first().waitFor();
    await shot("squiggle");

    const drawn = await hovered(page);
    await shot("hover");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+b");
    await page.locator(".codelens-decoration a", { hasText: "Probe" }).first().click();
    const panel = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
    await settled(panel);
    await page.locator(".notifications-toasts .notification-list-item").waitFor({ state: "detached" });
    const before = await read(panel);
    await panel.locator("#fix").waitFor();
    await page.mouse.move(0, 0);
    const picture = await shot("probe");
    if (process.env.NABLINT_UPDATE) copyFileSync(picture, at("client/images/probe.png"));

    await page.locator(".view-lines", { hasText: "softplus_scaled" }).first().click();
    await page.keyboard.press("Control+g");
    await page.locator(".quick-input-widget input.input").waitFor();
    await page.keyboard.type("5:28");
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await page.keyboard.press("Control+.");
    await page.locator(".action-widget .monaco-list-row.focused", { hasText: "softplus" }).waitFor();
    await shot("fix");
    await page.keyboard.press("Enter");
    await page.locator(".view-lines", { hasText: "tf.math.softplus" }).first().waitFor();
    await panel.locator("#stale:not([hidden])").waitFor();
    await shot("stale");
    await page.keyboard.press("Control+z");
    await panel.locator("#stale").waitFor({ state: "hidden" });

    await panel.locator("#fix").click();
    await panel.locator("#verdict.running").waitFor();
    await settled(panel);
    await page.locator(".view-lines", { hasText: "tf.math.softplus" }).first().click();
    await page.keyboard.press("Control+s");
    await until("the fix is on disk", () => readFileSync(file, "utf8").includes("tf.math.softplus(scale * x)"));
    const after = await read(panel);
    await shot("fixed");

    await page.reload();
    await settled(panel);
    const reloaded = await read(panel);
    await command(page, "Preferences: Toggle between Light/Dark Themes");
    await page.locator(".monaco-workbench.vs-dark").waitFor();
    await panel.locator("body.vscode-dark").waitFor();
    await shot("dark");
    return { drawn, before, after, reloaded, file: readFileSync(file, "utf8") };
});

/** How large the picture is that a hover on the function's name shows. */
async function hovered(page) {
    await page
        .locator(".view-line span", { hasText: /^softplus_scaled$/ })
        .first()
        .hover();
    const picture = page.locator('.monaco-hover img[src^="data:image/svg+xml"]').first();
    await picture.waitFor();
    return picture.evaluate(async (image) => {
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
    });
}

/** What the panel says, as a screen reader would get it, and how many colours the curve is drawn in. */
async function read(panel) {
    const text = (selector) => panel.locator(selector).allInnerTexts();
    const colors = await panel.locator("#plot canvas").evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    });
    // What was otherwise before a fix is struck through, and not what holds now.
    const rows = await panel.locator("#table tbody tr").evaluateAll((all) =>
        all.map((row) => {
            const copy = row.cloneNode(true);
            for (const gone of copy.querySelectorAll("del")) gone.remove();
            return copy.textContent;
        }),
    );
    const [verdict] = await text("#verdict");
    const [was = ""] = await text("#was:not([hidden])");
    return { verdict, was, colors, rows, training: await text("#training"), findings: await text("#findings") };
}

/** Waits for the end of a probe, and fails with what the panel says unless the probe gave its report. */
async function settled(panel) {
    const verdict = panel.locator("#verdict:is(.done, .failed, .cancelled)");
    await verdict.waitFor();
    if ((await verdict.getAttribute("class"))?.split(" ")[0] !== "done")
        throw new Error(`The panel says: ${await verdict.innerText()}`);
}

async function command(page, title) {
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input.input").fill(`>${title}`);
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
    await page.keyboard.press("Enter");
}
