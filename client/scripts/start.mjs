// `npm start`: from nothing to a real editor that shows activations fail.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeExtension } from "./package.mjs";
import { EDITORS, NABLINT, PYTHON, at } from "./places.mjs";
import { loud, main, say } from "./run.mjs";
import { setUp } from "./setup.mjs";
import { startVSCode } from "./vscode.mjs";

const SEED = "fixtures/seed";
const FILE = `${SEED}/softplus.py`;
const PROBED = "sharp_softplus";
const PORT = 8421;

await main(async () => {
    say(
        "sets itself up here (.venv, node_modules, .editors), shows what it finds, then opens VS Code in your browser.",
    );
    say("The first time takes two or three minutes, later a few seconds.");
    await setUp(["node", "python", "vscode"]);

    heading(`nablint check ${SEED}`);
    loud(NABLINT, ["check", SEED]);
    heading(`nablint probe ${FILE}::${PROBED}`);
    loud(NABLINT, ["probe", `${FILE}::${PROBED}`]);

    heading("VS Code");
    await makeExtension();
    return openEditor();
});

async function openEditor() {
    const home = join(EDITORS, "start");
    mkdirSync(home, { recursive: true });
    const machine = { "nablint.interpreter": PYTHON };
    const editor = await startVSCode({ home, machine, port: PORT });
    const payload = [["openFile", at(FILE)]];
    say(`VS Code is at  ${editor.url(at(SEED), payload)}`);
    say(`Look at ${PROBED}: the squiggle under its exp, Ctrl+. for the fix, and 'Probe' above the function.`);
    if (process.env.NABLINT_START_ONCE) {
        await editor.stop();
        return 0;
    }
    say("Ctrl-C ends it.");
    const interrupted = new Promise((resolve) => ["SIGINT", "SIGTERM"].forEach((name) => process.once(name, resolve)));
    await Promise.race([interrupted, editor.ended]);
    await editor.stop();
    say("ended.");
    return 0;
}

function heading(text) {
    console.log(`\n── ${text}\n`);
}
