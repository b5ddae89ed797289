/** The workload beside a sidecar: answers with the client certificate that the sidecar has verified. `bun workload.ts ADDRESS PORT`. */
const [, , address = "", number = ""] = process.argv;
Bun.serve({
  hostname: address,
  port: Number(number),
  // A connection that is closed while Envoy sends a request on it would be a failure of the workload.
  idleTimeout: 0,
  fetch: ({ headers }) => new Response(headers.get("x-forwarded-client-cert") ?? "none"),
});
console.log("ready");
