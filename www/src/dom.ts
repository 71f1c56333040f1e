/** The element with this id. The page is ours, so a missing one is a bug. */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

export const text = (id: string, value: string): void => {
  element(id, HTMLElement).textContent = value;
};
