/** The options' URLs, and the package's folder. */

/**
 * What relative URLs are resolved against: the page itself, whatever its `<base>` says. A page without an http address, such as
 * an `srcdoc` frame, has its container's; but a `<base>` may be another origin's there, too.
 */
function here(): string {
  if (/^http/.test(location.protocol)) return location.href;
  const { baseURI } = document;
  return origin === "null" || baseURI.startsWith(`${origin}/`) ? baseURI : origin;
}

/** An absolute URL, which means the same in the worker. Throws a TypeError if it is not a URL. */
export const absolute = (url: string | URL): string => new URL(url, here()).href;

/** The folder of the package's files as an absolute URL, with or without a slash at its end; empty means this module's own. */
export const folder = (assetBase: string | URL | undefined): string =>
  assetBase ? new URL("./", absolute(assetBase).replace(/\/?([?#].*)?$/, "/")).href : "";
