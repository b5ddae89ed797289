import { at } from "../examples/manifests.ts";
import { place } from "./components.ts";
import { DIRECTORY } from "./kubectl.ts";

/** Resolves the names of the cluster's services, like a cluster's DNS: `NAME.NAMESPACE.svc.cluster.local`. */

const [address = "127.0.0.1"] = process.argv.slice(2);
const { users, clusters } = JSON.parse(await Bun.file(place(DIRECTORY).kubeconfig).text());
const TYPES = { a: 1, aaaa: 28 };
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

await Bun.udpSocket({
  hostname: address,
  port: 53,
  socket: {
    async data(socket, question, port, from) {
      const reply = await answer(question);
      if (reply !== undefined) socket.send(reply, port, from);
    },
  },
});

async function answer(question: Buffer): Promise<Buffer | undefined> {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at]; length; length = question[at]) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (question.length < end) return undefined;
  const found = await clusterAddress(labels.join(".").toLowerCase());
  // Services have IPv4 addresses; for IPv6 the name exists without an address.
  const data = found !== undefined && question.readUInt16BE(at + 1) === TYPES.a ? found.split(".").map(Number) : [];
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580 | (found === undefined ? NO_SUCH_NAME : NO_ERROR), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length > 0 ? 1 : 0, 6);
  const record = data.length > 0 ? [0xc0, 12, 0, TYPES.a, 0, 1, 0, 0, 0, 5, 0, data.length, ...data] : [];
  return Buffer.concat([header, question.subarray(12, end), Buffer.from(record)]);
}

/** Returns the address of a service; undefined if the name does not exist. */
async function clusterAddress(name: string): Promise<string | undefined> {
  const [, service, namespace] = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(name) ?? [];
  if (service === undefined) return undefined;
  const response = await fetch(`${clusters[0].cluster.server}/api/v1/namespaces/${namespace}/services/${service}`, {
    headers: { authorization: `Bearer ${users[0].user.token}` },
    // The server creates its certificate at its start.
    tls: { rejectUnauthorized: false },
  });
  return response.ok ? String(at(await response.json(), "spec", "clusterIP")) : undefined;
}
