/**
 * Calls `begin` as soon as somebody can see the page: at once, unless it is in a tab behind others, or made ready before anybody
 * has gone there. What starts by itself would open a session that runs out unseen, and a camera that nobody expects.
 */
export function onceVisible(page: Document, begin: () => void): void {
  if (!page.hidden) return begin();
  page.addEventListener("visibilitychange", () => onceVisible(page, begin), { once: true });
}
