// A whole back end: the page, one address that opens a check for whoever is signed in, one that looks how it ended.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { isLive, open } from "./back_end.mjs";

/** Only for a trial: believes what it is told, and takes everybody else for Ann. Put your own sign-in here. */
const whoIs = (request) => request.headers["x-signed-in-as"] ?? "ann";

/** The check of each user. In a real back end: a column of your database. */
const checks = new Map();

const ADDRESSES = {
  async "POST /liveness/start"(user) {
    const session = await open(`sign-up of ${user}`);
    checks.set(user, session.id);
    return session;
  },
  // The page only says that it is done. Which session counts, and how it ended, is known here and at the gateway.
  async "POST /liveness/done"(user) {
    const id = checks.get(user);
    checks.delete(user);
    return { live: id !== undefined && (await isLive(id, `sign-up of ${user}`)) };
  },
};

// Here the browser reaches the gateway by the same address as this server.
const page = readFileSync(new URL("page.html", import.meta.url), "utf8").replaceAll("__GATEWAY__", process.env.GATEWAY_URL);

const server = createServer(async (request, response) => {
  const address = `${request.method} ${request.url}`;
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  if (address === "GET /") return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  if (!Object.hasOwn(ADDRESSES, address)) return answer(404, {});
  const user = whoIs(request);
  if (!user) return answer(401, {});
  try {
    answer(200, await ADDRESSES[address](user));
  } catch (error) {
    console.error(error.code, error.message);
    answer(502, {});
  }
});
server.listen(process.env.PORT ?? 3000, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
