import type { ExtensionContext } from "vscode";
import { registerCommands } from "./commands";
import { Ctx, type Status } from "./ctx";

/** What the extension shows to other extensions, and to its tests. */
export interface Api {
    status(): Status;
}

let ctx: Ctx | undefined;

export async function activate(extension: ExtensionContext): Promise<Api> {
    const current = (ctx = new Ctx(extension));
    extension.subscriptions.push(current, ...registerCommands(current));
    await current.start();
    return { status: () => current.status };
}

export async function deactivate(): Promise<void> {
    await ctx?.stop();
}
