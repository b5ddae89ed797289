// An application next to a proxy. Reports at its start whether the proxy was ready; answers `/` at once, `/slow?seconds=N` after
// that time, `/health` as set by POST `/health?status=N`, `/caller` with the client certificate that the proxy has verified.
// On SIGTERM it finishes its requests.

const { HOST = "127.0.0.1", PORT = "8081" } = process.env;
let health = 200;

const atStart = await fetch("http://127.0.0.1:15021/healthz/ready").then(
  ({ status }) => String(status),
  () => "nobody",
);
console.log(`proxy at the start: ${atStart}`);

const server = Bun.serve({
  hostname: HOST,
  port: Number(PORT),
  // Closing an idle connection first could lose the peer's next request.
  idleTimeout: 0,
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/slow") await Bun.sleep(Number(searchParams.get("seconds")) * 1000);
    if (pathname === "/caller") return new Response(request.headers.get("x-forwarded-client-cert") ?? "none");
    if (pathname !== "/health") return new Response("ok\n");
    if (request.method === "POST") health = Number(searchParams.get("status"));
    return new Response(null, { status: health });
  },
});

process.on("SIGTERM", async () => {
  console.log("stopping");
  await server.stop();
  process.exit(0);
});
console.log(`listening on ${server.url}`);

// A module, for the top-level await.
export {};
