import { joinHostPort } from "../../../go/host-port.ts";
import { healthFields, healthMessage, healthProblem } from "../../../http/http2/grpc-health.ts";
import { connect, type Destination } from "../connect.ts";
import { http2Exchange } from "./exchange.ts";

const MOST_BYTES = 1_024;

/** Calls a gRPC health service without encryption, on a new connection. @throws Error unless it answers SERVING (contract 1.30 §10.4) */
export async function checkHealth(to: Destination, service: string, userAgent = "attache"): Promise<void> {
  to.signal.throwIfAborted();
  const stream = await connect(to);
  const cut = () => stream.cut();
  to.signal.addEventListener("abort", cut, { once: true });
  try {
    const fields = healthFields(joinHostPort(to.host, String(to.port)), userAgent);
    const { last, body } = await http2Exchange(stream, { fields, content: healthMessage(service), limit: MOST_BYTES });
    const problem = healthProblem(last, body);
    if (problem !== undefined) throw new Error(problem);
  } catch (error) {
    to.signal.throwIfAborted();
    throw error;
  } finally {
    to.signal.removeEventListener("abort", cut);
    stream.cut();
  }
}
