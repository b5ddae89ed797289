import { afterEach, expect, test } from "bun:test";
import { eventually } from "../../scenarios/support.ts";
import { ENVOY, rawSource, rules, scraped } from "./metric-sources.ts";
import { freePort, later, raw, scripted, started, stopAll } from "./status-port.ts";

afterEach(stopAll);

test("pages are streamed one after another, compressed if the client accepts it", async () => {
  const envoy = "envoy 1\n".repeat(10_000);
  const application = "app 1\n".repeat(10_000);
  const envoyPort = scripted(() => new Response(envoy));
  const port = String(scripted(() => new Response(application, { headers: { "content-type": "application/openmetrics-text" } })));
  const { url } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/m" } } });
  for (const encoding of ["identity", "gzip", "zstd"]) {
    const response = await fetch(`${url}/stats/prometheus`, { headers: { "accept-encoding": encoding } });
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=0.0.1; charset=utf-8");
    expect(response.headers.get("content-encoding")).toBe(encoding === "identity" ? null : encoding);
    expect((await response.text()) === envoy + application).toBe(true);
  }
});

test("the sources get the relevant headers of the client", async () => {
  const seen: string[] = [];
  const envoyPort = scripted((request) => {
    seen.push(...["user-agent", "x-prometheus-scrape-timeout-seconds"].filter((name) => request.headers.has(name)));
    return new Response("envoy 1\n");
  });
  const { port } = await started({ metrics: { ...rules, includesAgent: false, envoyPort } });
  const get = "GET /stats/prometheus HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
  await raw(port, `${get}User-Agent:\r\nX-Prometheus-Scrape-Timeout-Seconds: \r\n\r\n`);
  expect(seen).toEqual([]);
  await raw(port, `${get}User-Agent: a\r\nX-Prometheus-Scrape-Timeout-Seconds: 1\r\n\r\n`);
  expect(seen).toEqual(["user-agent", "x-prometheus-scrape-timeout-seconds"]);
});

test("a scraper can have a very long timeout", async () => {
  const envoyPort = scripted(() => new Response("envoy 1\n"));
  const { url } = await started({ metrics: { ...rules, includesAgent: false, envoyPort } });
  const response = await fetch(`${url}/stats/prometheus`, { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "1e300" } });
  expect([response.status, await response.text()]).toEqual([200, "envoy 1\n"]);
});

test("an interrupted source loses only the rest of its own part, in whole lines", async () => {
  const page = "whole 1\n".repeat(1_000);
  const port = String(scripted(() => new Response(page)));
  const half = rawSource("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx 1\nx 2\nx 34", "end");
  const early = await started({ metrics: { ...rules, includesAgent: false, envoyPort: half, application: { port, path: "/" } } });
  expect(await (await fetch(`${early.url}/stats/prometheus`)).text()).toBe(`x 1\nx 2\n${page}`);
  expect(early.lines).toContain("error Cannot read all metrics of Envoy: The body is incomplete");
  const empty = rawSource("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "end");
  const never = await started({ metrics: { ...rules, includesAgent: false, envoyPort: empty, application: { port, path: "/" } } });
  expect(await (await fetch(`${never.url}/stats/prometheus`)).text()).toBe(page);
  const refused = await started({ metrics: { ...rules, includesAgent: true, envoyPort: freePort(), application: { port, path: "/" } } });
  const text = await (await fetch(`${refused.url}/stats/prometheus`)).text();
  expect(text).toEndWith(page);
  expect(text).toContain('istio_agent_scrape_failures_total{type="envoy"} 1\n');
});

/** An endless answer without a line end, of which 12 MiB have arrived. */
const endless = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (let piece = 0; piece < 12; piece++) controller.enqueue(Buffer.alloc(1_024 * 1_024, "a"));
      },
    }),
  );

test("of several places, one whose answer is too long is left out while it still arrives, without a line end too", async () => {
  const long = String(scripted(endless));
  const short = String(scripted(() => new Response("app 1")));
  const applications = [long, short].map((port) => ({ port, path: "/" }));
  const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, applications } });
  expect(await (await fetch(`${url}/stats/prometheus`)).text()).toBe("app 1\n");
  const where = `Cannot scrape the metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS) on port ${long}`;
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([`error ${where}: its answer is longer than 10485760 bytes`]);
});

test("a very long line is passed on while it still arrives", async () => {
  const port = String(scripted(endless));
  const { port: status } = await started({ metrics: { ...rules, includesAgent: false, application: { port, path: "/" } } });
  const seen = await raw(status, "GET /stats/prometheus HTTP/1.1\r\nHost: a\r\n\r\n", (text) => text.includes("aaa"));
  expect(seen).toContain("aaa");
});

test("if no part may be missing, a failure before the page has started is 500", async () => {
  const old = { ...rules, includesAgent: false, narrowsAccept: false, negotiates: false, allOrNothing: true };
  const page = "whole 1\n".repeat(1_000);
  const envoyPort = scripted(() => new Response(page));
  const half = String(rawSource("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx 1\nx 23", "end"));
  const statusOf = async (changes: Partial<typeof rules>) => {
    const { url } = await started({ metrics: { ...old, ...changes } });
    const response = await fetch(`${url}/stats/prometheus`);
    return [response.status, await response.text()];
  };
  expect(await statusOf({ envoyPort: freePort(), application: { port: String(envoyPort), path: "/" } })).toEqual([500, ""]);
  expect(await statusOf({ envoyPort, application: { port: String(freePort()), path: "/" } })).toEqual([500, ""]);
  expect(await statusOf({ envoyPort: scripted(() => new Response("a 1\n")), application: { port: half, path: "/" } })).toEqual([500, ""]);
  expect(await statusOf({ envoyPort, application: { port: half, path: "/" } })).toEqual([200, `${page}x 1\n`]);
  const { url } = await started({ metrics: { ...old, envoyPort, application: { port: String(rawSource("", "hang")), path: "/" } } });
  expect((await fetch(`${url}/stats/prometheus`, { headers: { "x-prometheus-scrape-timeout-seconds": "0.2" } })).status).toBe(500);
});

test.each(["Envoy", "application"])("if no part may be missing, a failure ends the scrape of the other source too: %s", async (missing) => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { port: endless } = later(
    Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\nx 1\n"), close: () => close() },
    }),
  );
  const old = { ...rules, includesAgent: false, narrowsAccept: false, negotiates: false, allOrNothing: true };
  const [envoyPort, port] = missing === "Envoy" ? [freePort(), endless] : [endless, freePort()];
  const { url } = await started({ metrics: { ...old, envoyPort, application: { port: String(port), path: "/" } } });
  expect((await fetch(`${url}/stats/prometheus`)).status).toBe(500);
  await closed;
});

test("a page without an application counts the failure it shows", async () => {
  const { url } = await started({ metrics: { ...rules, envoyPort: freePort() } });
  expect((await scraped(url, {})).text).toContain('istio_agent_scrape_failures_total{type="envoy"} 1\n');
});

test("an application whose page cannot be decompressed is not reported as a bug", async () => {
  const port = String(scripted(() => new Response("app 1\n", { headers: { "content-encoding": "gzip" } })));
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
  expect((await scraped(url, {})).text).toBe(ENVOY);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    expect.stringMatching(/Cannot read all metrics of the application .*: The body is not gzip: /),
  ]);
});

test("a scraper that disconnects is not a failure of a source", async () => {
  let isBack = false;
  const port = String(scripted(() => (isBack ? new Response("app 1\n") : new Promise<Response>(() => {}))));
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines, port: status } = await started({ metrics: { ...rules, envoyPort, application: { port, path: "/" } } });
  await raw(status, "GET /stats/prometheus HTTP/1.1\r\nHost: a\r\n\r\n", (seen) => seen.includes("envoy 1"));
  const left = "warn The scraper disconnected while waiting for the metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS)";
  await eventually(() => lines.includes(left), "the line about the scraper");
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([]);
  await scraped(url, { "x-prometheus-scrape-timeout-seconds": "0.2" });
  isBack = true;
  const { text } = await scraped(url, {});
  expect(text).toContain('istio_agent_scrape_failures_total{type="application"} 1\n');
});

test.each([301, 302, 303, 307, 308])("an application behind a redirect with status %d", async (status) => {
  const seen: string[] = [];
  const other = scripted(() => new Response("other 1\n"));
  const port = scripted((request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(`${pathname}${search} ${request.headers.get("user-agent")} ${request.headers.get("referer")}`);
    const to = { "/metrics": "/metrics/", "/away": `http://127.0.0.1:${other}/`, "/loop": "/loop" }[pathname];
    return to === undefined ? new Response("app 1\n") : new Response(null, { status, headers: { location: to } });
  });
  const pageOf = async (path: string) => {
    const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, application: { port: String(port), path } } });
    const { text } = await scraped(url, { "user-agent": "me" });
    return [text, ...lines.filter((line) => line.startsWith("error"))];
  };
  expect(await pageOf("/metrics")).toEqual(["app 1\n"]);
  expect(seen).toEqual(["/metrics me null", `/metrics/ me http://localhost:${port}/metrics`]);
  expect(await pageOf("/away")).toEqual(["other 1\n"]);
  expect(await pageOf("/loop")).toEqual(["", expect.stringContaining('too many redirects, the last one to "/loop"')]);
});
