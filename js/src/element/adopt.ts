/**
 * Gives the accessors of `prototype` what a page has set on an element before its class was there, as it may with a script
 * that is `async`: as properties of the element's own such values would hide the accessors, and have no effect.
 */
export function adopt(element: object, prototype: object): void {
  const own = element as Record<string, unknown>;
  for (const name of Object.keys(own)) {
    if (!Object.getOwnPropertyDescriptor(prototype, name)?.set) continue;
    const value = own[name];
    delete own[name];
    own[name] = value;
  }
}
