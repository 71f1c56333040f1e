// Every relative link and anchor of the documents leads somewhere.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, test } from "node:test";
import { DOCUMENTS, ROOT, anchors, links } from "./lib/documents.mjs";

/** What is wrong with a link, or null. */
function fault(document, href) {
  if (/^https?:\/\//.test(href)) return null;
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return "only https: and paths are expected";
  const [path, anchor] = href.split("#");
  const file = path === "" ? document : posix.normalize(posix.join(posix.dirname(document), path));
  if (!existsSync(`${ROOT}/${file}`)) return "there is no such file";
  if (anchor === undefined) return null;
  if (statSync(`${ROOT}/${file}`).isDirectory() || !file.endsWith(".md")) return null;
  return anchors(file).has(anchor) ? null : `${file} has no heading with this anchor`;
}

describe("links", () => {
  for (const document of DOCUMENTS) {
    test(document, () => {
      const faults = links(document).map(({ href, line }) => [line, href, fault(document, href)]).filter(([, , why]) => why);
      assert.deepEqual(faults.map(([line, href, why]) => `${document}:${line}: ${href}: ${why}`), []);
    });
  }
});

test("a broken link is found", () => {
  assert.match(fault("docs/element.md", "no_such.md"), /no such file/);
  assert.match(fault("docs/element.md", "hosting.md#no-such"), /no heading/);
  assert.equal(fault("docs/element.md", "hosting.md#policies"), null);
  assert.equal(fault("README.md", "docs/hosting.md#policies"), null);
  assert.match(fault("docs/element.md", "javascript:alert(1)"), /only https/);
});
