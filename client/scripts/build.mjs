// Bundles the extension and its panel into client/out.
import { rmSync } from "node:fs";
import { at } from "./places.mjs";
import { isMain, main } from "./run.mjs";

export async function build() {
    // Imported late, so that a script that sets up first may import this one.
    const esbuild = await import("esbuild");
    rmSync(at("client/out"), { recursive: true, force: true });
    const common = { bundle: true, minify: true, logLevel: "warning", loader: { ".html": "text" } };
    const extension = {
        entryPoints: [at("client/src/main.ts")],
        outfile: at("client/out/main.js"),
        platform: "node",
        format: "cjs",
        target: "node20",
        external: ["vscode"],
    };
    const view = {
        entryPoints: [at("client/src/view/main.ts")],
        outfile: at("client/out/view.js"),
        platform: "browser",
        format: "iife",
        target: "chrome130",
    };
    await Promise.all([extension, view].map((options) => esbuild.build({ ...common, ...options })));
}

if (isMain(import.meta)) await main(build);
