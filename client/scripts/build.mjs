// Bundles the extension and its panel into client/out, and the page of the probe's report into the Python package.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PAGE, at } from "./places.mjs";
import { isMain, main } from "./run.mjs";

const COMMON = { bundle: true, minify: true, logLevel: "warning", charset: "utf8", loader: { ".html": "text" } };

export async function build() {
    // Imported late, so that a script that sets up first may import this one.
    const esbuild = await import("esbuild");
    rmSync(at("client/out"), { recursive: true, force: true });
    const extension = {
        entryPoints: [at("client/src/main.ts")],
        outfile: at("client/out/main.js"),
        platform: "node",
        format: "cjs",
        target: "node20",
        external: ["vscode"],
    };
    const options = [extension, viewOf("main", at("client/out/view.js"))];
    await Promise.all([...options.map((each) => esbuild.build({ ...COMMON, ...each })), buildPage()]);
}

/** The page as a template with its script and styles inside: `nablint probe --report` puts the reports into it. */
export async function buildPage() {
    const esbuild = await import("esbuild");
    const options = { ...COMMON, ...viewOf("page", at("client/out/page.js")), write: false };
    const { outputFiles } = await esbuild.build(options);
    const text = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim();
    const [script, style] = [text(".js"), text(".css")];
    // Nothing runs but this script, and nothing is loaded, whatever the names and messages in a report hold.
    const rules = `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; base-uri 'none'`;
    const parts = {
        policy: `<meta http-equiv="Content-Security-Policy" content="${rules}" />`,
        style: `<style>${style}</style>`,
        script: `<script>${script}</script>`,
    };
    const html = readFileSync(at("client/src/view/page.html"), "utf8");
    mkdirSync(dirname(PAGE), { recursive: true });
    writeFileSync(
        PAGE,
        html.replaceAll(/<!-- \{(\w+)\} -->/g, (hole, name) => parts[name] ?? hole),
    );
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

function viewOf(name, outfile) {
    const licence = readFileSync(at("node_modules/uplot/LICENSE"), "utf8").trim();
    const notice = `/*! Holds uPlot:\n${licence}\n*/`;
    const entryPoints = [at(`client/src/view/${name}.ts`)];
    const banner = { js: notice, css: notice };
    return { entryPoints, outfile, platform: "browser", format: "iife", target: "chrome130", banner };
}

if (isMain(import.meta)) await main(build);
