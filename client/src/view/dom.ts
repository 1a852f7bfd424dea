// Elements from data: text is always text, never markup.

export type Child = Node | string;

export function el<Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    properties: Partial<HTMLElementTagNameMap[Name]> = {},
    ...children: Child[]
): HTMLElementTagNameMap[Name] {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
}

export function byId(id: string): HTMLElement {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`The page has no element #${id}.`);
    return element;
}
