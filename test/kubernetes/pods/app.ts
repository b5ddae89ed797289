// An application beside a proxy. At its start it says whether the proxy was ready; it answers `/` at once, `/slow?seconds=N` after
// so long, `/health` as POST `/health?status=N` says; SIGTERM lets it finish what it has begun.

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
  // Whoever closes an idle connection first risks the other's next request.
  idleTimeout: 0,
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/slow") await Bun.sleep(Number(searchParams.get("seconds")) * 1000);
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

// A module: it awaits at its top.
export {};
