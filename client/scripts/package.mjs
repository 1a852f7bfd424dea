// Makes what people install: dist/nablint.vsix, and the wheel with `--wheel`.
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { PYTHON, VSIX, at, newerNode } from "./places.mjs";
import { main, quiet, say } from "./run.mjs";
import { setUp } from "./setup.mjs";

const FLAGS = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];

export async function makeExtension() {
    await build();
    mkdirSync(at("dist"), { recursive: true });
    await quiet(newerNode(), [at("node_modules/@vscode/vsce/vsce"), "package", ...FLAGS, "--out", VSIX]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    await main(async () => {
        await setUp(["node", "python"]);
        await makeExtension();
        await quiet(PYTHON, ["-m", "hatchling", "build", "--target", "wheel", "--directory", at("dist")]);
        say("dist/ holds the extension and the wheel.");
    });
}
