// The table of docs/browsers.md, which a run makes.
const BEGIN = "<!-- engines: begin -->";
const END = "<!-- engines: end -->";

/** Markdown of the results: `versions` by engine, `rows` of {title, cells}. */
export function table(versions, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(["", ...versions]), line(["---", ...versions.map(() => "---")]), ...rows.map(({ title, cells }) => line([title, ...cells]))].join("\n");
}

/** The document with this table in it. */
export function put(document, markdown) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the document has no place for the table: ${BEGIN} ... ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${markdown}\n${document.slice(end)}`;
}

/** What a document claims: its rows without the engines' versions. */
export function claims(document) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) return [];
  return document.slice(begin + BEGIN.length, end).trim().split("\n").slice(2).map((row) => row.trim());
}
