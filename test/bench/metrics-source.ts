// One source of a metrics page in its own process, as Envoy and an application are: port, name of the family, lines; without lines, Envoy's
// statistics of a ready proxy.

const LIVE =
  "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 1\nserver.state: 0\nlistener_manager.workers_started: 1\n";

const [port, family = "", lines = "0"] = process.argv.slice(2);
const line = (_: unknown, index: number) =>
  `${family}{method="GET",handler="/api/v1/things/${index}",status="200",instance="productpage-v1-6944fb884d-4pgx8"} ${index}\n`;
const page = new TextEncoder().encode(lines === "0" ? LIVE : Array.from({ length: Number(lines) }, line).join(""));
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  fetch: () => new Response(page, { headers: { "content-type": "text/plain; version=0.0.4" } }),
});
console.log(page.length);
