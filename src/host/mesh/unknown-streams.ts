import type { EventEmitter } from "node:events";
import { connect } from "node:http2";
import { Duplex } from "node:stream";

let isDone = false;

/**
 * Keeps the process alive when a server begins streams of its own. The runtime (Bun 1.4.5) makes a stream for headers with an even number,
 * passes it to nobody, and fails it with the connection: its error has no listener. The class of streams is not exported; a connection
 * to nowhere has one.
 */
export function ignoreUnknownStreams(): void {
  if (isDone) return;
  isDone = true;
  const nowhere = new Duplex({ read() {}, write: (_, __, done) => done() });
  const session = connect("http://localhost", { createConnection: () => nowhere });
  session.on("error", () => {});
  const stream = session.request({}).on("error", () => {});
  const methods: Pick<EventEmitter, "emit"> = Object.getPrototypeOf(stream);
  const { emit } = methods;
  methods.emit = function (this: EventEmitter, name: string | symbol, ...values: unknown[]): boolean {
    return name === "error" && this.listenerCount("error") === 0 ? false : emit.call(this, name, ...values);
  };
  session.destroy();
}
