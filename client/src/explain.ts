import { commands, Uri } from "vscode";

/** Shows the section of a rule, given as the URI of the page of all rules with the rule's name as its fragment. */
export async function explain(page: string): Promise<void> {
    await commands.executeCommand("markdown.showPreviewToSide", Uri.parse(page));
}
