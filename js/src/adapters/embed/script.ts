/** The address of the script this is a part of. A classic script learns it only while it runs. */

/** The name under which the package has it. */
const NAME = /\/embed\.js([?#]|$)/;

function ownAddress(): string {
  // On a server there is no document.
  const page = globalThis.document as Document | undefined;
  if (!page) return "";
  const { currentScript } = page;
  // An element with that name may hide the property.
  if (currentScript instanceof HTMLScriptElement) return currentScript.src;
  // In a module, or within a shadow tree, there is none: then by its name.
  const scripts = [...page.querySelectorAll<HTMLScriptElement>("script[src]")];
  return scripts.find(({ src }) => NAME.test(src))?.src ?? "";
}

const OWN = ownAddress();

/** The address of a file of the package, beside this script; null if this script has no address. */
export const beside = (file: string): URL | null => (OWN ? new URL(file, OWN) : null);
