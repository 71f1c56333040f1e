// Opens a session at the gateway, and reads what became of it. Node 20 or newer.
import { openSession, readSession } from "liveness-capture/server";

const gateway = { endpoint: process.env.GATEWAY_URL, serverKey: process.env.LIVENESS_SERVER_KEY };

/** For the page: `{ id, token }`. `reference` is your own name for the check. */
export async function open(reference) {
  const { id, token } = await openSession(gateway, { reference });
  return { id, token };
}

/** Whether this check was yours, and its verdict is `live`. Ask when the page says that it is done. */
export async function isLive(id, reference) {
  const session = await readSession(gateway, id);
  const mine = session.state === "complete" && session.reference === reference;
  return mine && session.verdict.verdict === "live";
}
