// Makes what people install: dist/nablint.vsix and, unless only the extension is asked for (`extension`), the wheel.
import { mkdirSync } from "node:fs";
import { build } from "./build.mjs";
import { PYTHON, VSIX, at, newerNode } from "./places.mjs";
import { isMain, main, quiet, say } from "./run.mjs";
import { setUp } from "./setup.mjs";

const FLAGS = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];

export async function makeExtension() {
    await build();
    mkdirSync(at("dist"), { recursive: true });
    await quiet(newerNode(), [at("node_modules/@vscode/vsce/vsce"), "package", ...FLAGS, "--out", VSIX]);
}

if (isMain(import.meta)) {
    await main(async () => {
        await setUp(["node", "python"]);
        await makeExtension();
        if (process.argv[2] === "extension") return;
        await quiet(PYTHON, ["-m", "hatchling", "build", "--target", "wheel", "--directory", at("dist")]);
        say("dist/ holds the extension and the wheel.");
    });
}
