/** A running upstream; its process ends with the scope. */
export interface SlowServer extends Disposable {
  readonly port: number;
}

if (import.meta.main) serve();

/** Answers `/` at once and `/slow?seconds=N` after that time, keeps idle connections open, and prints its port. */
function serve(): void {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // Closing an idle connection first could lose the peer's next request.
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/slow") await Bun.sleep(Number(searchParams.get("seconds")) * 1000);
      return new Response("ok\n");
    },
  });
  console.log(server.port);
}

/** Starts the server as a separate process on a free port. */
export async function startSlowServer(): Promise<SlowServer> {
  const child = Bun.spawn([process.execPath, import.meta.path], { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error(`The upstream server ended with ${await child.exited}`);
  return { port: Number(new TextDecoder().decode(value)), [Symbol.dispose]: () => child.kill() };
}
