// Makes what people install: the wheel, and dist/nablint.vsix, which brings the wheel along.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { build } from "./build.mjs";
import { PYTHON, VSIX, at, newerNode } from "./places.mjs";
import { isMain, main, quiet, say } from "./run.mjs";
import { setUp } from "./setup.mjs";

const FLAGS = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];

export async function makeExtension() {
    await build(); // First: the wheel holds the page of the probe's report.
    const wheel = await makeWheel();
    copyFileSync(at("dist", wheel), at("client/out", wheel));
    await quiet(newerNode(), [at("node_modules/@vscode/vsce/vsce"), "package", ...FLAGS, "--out", VSIX]);
}

/** The wheel's name; it lies in dist. */
async function makeWheel() {
    const isWheel = (name) => name.endsWith(".whl");
    mkdirSync(at("dist"), { recursive: true });
    for (const old of readdirSync(at("dist")).filter(isWheel)) rmSync(at("dist", old));
    await quiet(PYTHON, ["-m", "hatchling", "build", "--target", "wheel", "--directory", at("dist")]);
    return readdirSync(at("dist")).find(isWheel);
}

if (isMain(import.meta)) {
    await main(async () => {
        await setUp(["node", "python"]);
        await makeExtension();
        say("dist/ holds the extension and the wheel.");
    });
}
