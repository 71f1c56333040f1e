/** Addresses of the options, and the package's folder. */

/** What relative addresses start from: the page itself, wherever a `<base>` of its points. */
const here = (): string => (location.protocol.startsWith("http") ? location.href : document.baseURI);

/** An address that means the same in the worker. Throws a TypeError for what is none. */
export const absolute = (url: string | URL): string => new URL(url, here()).href;

/** The folder of the package's files as an absolute URL; empty: beside this module. */
export const folder = (assetBase: string | URL | undefined): string =>
  assetBase ? new URL("./", absolute(assetBase)).href : "";
