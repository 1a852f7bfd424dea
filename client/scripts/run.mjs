// Child processes, and what a step tells the person who waits for it.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ROOT } from "./places.mjs";

/** A mistake of the surroundings, told in one sentence and without a stack. */
export class Sorry extends Error {}

export function say(text) {
    console.log(`nablint: ${text}`);
}

/** Runs a command quietly; what it printed is shown only if it fails. */
export function quiet(command, args, options = {}) {
    return new Promise((done, fail) => {
        const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], ...options });
        const output = [];
        child.stdout.on("data", (chunk) => output.push(chunk));
        child.stderr.on("data", (chunk) => output.push(chunk));
        child.on("error", (error) => fail(new Sorry(`${command} could not be started: ${error.message}.`)));
        child.on("close", (status) => {
            const text = Buffer.concat(output).toString();
            if (status === 0) done(text);
            else fail(new Sorry(`${text}\n${command} ${args.join(" ")} ended with status ${status}.`));
        });
    });
}

/** Runs a command in the foreground and gives its exit status. */
export function loud(command, args, options = {}) {
    return spawnSync(command, args, { cwd: ROOT, stdio: "inherit", ...options }).status ?? 1;
}

export function found(command) {
    return spawnSync("/bin/sh", ["-c", 'command -v "$1"', "sh", command]).status === 0;
}

/** Runs the main function of a script and turns a Sorry into its sentence and exit status 1. */
export async function main(body) {
    try {
        process.exitCode = (await body()) ?? 0;
    } catch (error) {
        if (!(error instanceof Sorry)) throw error;
        console.error(`nablint: ${error.message}`);
        process.exitCode = 1;
    }
}

/** Whether a module, by its import.meta, is the script that Node was asked to run. */
export function isMain({ url }) {
    return fileURLToPath(url) === process.argv[1];
}
