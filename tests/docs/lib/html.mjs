// Blocks of HTML: their scripts, and what they say about <liveness-check>.
import { parse, parseFragment } from "parse5";

function* elements(node) {
  if (node.tagName) yield node;
  for (const child of [...(node.childNodes ?? []), ...(node.content ? [node.content] : [])]) yield* elements(child);
}
const attribute = ({ attrs }, name) => attrs.find((attr) => attr.name === name)?.value;

const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** May be left open. */
const IMPLIED = /^(html|head|body)$/;
/** Faults of these do no harm in a fragment. */
const HARMLESS = ["missing-doctype"];

/** `{ faults, scripts, ids, checks, links }` of a page or a part of one. */
export function readHtml(text) {
  const faults = [];
  const onParseError = ({ code, startLine }) => HARMLESS.includes(code) || faults.push(`line ${startLine}: ${code}`);
  const whole = /<(!doctype|html|head|body)\b/i.test(text);
  const tree = (whole ? parse : parseFragment)(text, { onParseError, sourceCodeLocationInfo: true });
  const all = [...elements(tree)];
  const open = all.filter(({ tagName, sourceCodeLocation: place }) => place && !place.endTag && !VOID.test(tagName) && !IMPLIED.test(tagName));
  faults.push(...open.map(({ tagName, sourceCodeLocation: { startLine } }) => `line ${startLine}: <${tagName}> is not closed`));
  const scripts = all
    .filter((element) => element.tagName === "script" && /^(module|text\/javascript)?$/.test(attribute(element, "type") ?? ""))
    .map((element) => ({ src: attribute(element, "src"), module: attribute(element, "type") === "module", text: element.childNodes.map(({ value }) => value).join("") }));
  const ids = all.flatMap((element) => (attribute(element, "id") ? [[attribute(element, "id"), element.tagName]] : []));
  return { faults, all, scripts, ids };
}

/** Attributes that any element may have. */
export const GLOBAL = /^(id|class|slot|hidden|lang|dir|tabindex|title|role|part|aria-[a-z]+|data-[a-z-]+)$/;
