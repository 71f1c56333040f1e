import { GatewayError, openSession, readSession, type GatewayOptions, type OpenedSession, type SessionReport } from "liveness-capture/server";

const gateway: GatewayOptions = { endpoint: "https://gateway.example", serverKey: "0123456789abcdef" };

export const open = (customer: string): Promise<OpenedSession> => openSession(gateway, { reference: customer });

export async function isAlive(id: string): Promise<boolean | null> {
  try {
    const report: SessionReport = await readSession(gateway, id);
    return report.verdict ? report.verdict.verdict === "live" : null;
  } catch (error) {
    if (error instanceof GatewayError && error.status === 404) return null;
    throw error;
  }
}

// @ts-expect-error: the key is needed.
export const keyless: GatewayOptions = { endpoint: "https://gateway.example" };
