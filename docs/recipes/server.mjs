// A whole back end: one address that opens a check for whoever is signed in, one that looks how it ended.
import { createServer } from "node:http";
import { isLive, open } from "./back_end.mjs";

/** Put your own sign-in here. */
const whoIs = (request) => request.headers["x-signed-in-as"];

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

const server = createServer(async (request, response) => {
  const address = ADDRESSES[`${request.method} ${request.url}`];
  const user = whoIs(request);
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  if (!address || !user) return answer(address ? 401 : 404, {});
  try {
    answer(200, await address(user));
  } catch (error) {
    console.error(error.code, error.message);
    answer(502, {});
  }
});
server.listen(process.env.PORT ?? 3000, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
