import { afterEach, describe, expect, jest, test } from "bun:test";
import { eventually } from "../../scenarios/support.ts";
import { planOf } from "../../status/plan.ts";
import { freePort, later, raw, scripted, started, stopAll } from "./status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

/** Turns of the event loop in which everything sent within this process arrives. */
const TURNS = 300;

/** Advances the fake clock past a source's limit, once both sources were requested and their data has arrived. */
function timeThatPasses(milliseconds: number, sources: number): () => void {
  jest.useFakeTimers();
  let asked = 0;
  return () => {
    asked++;
    if (asked === sources) void afterTurns(TURNS).then(() => jest.advanceTimersByTime(milliseconds));
  };
}

async function afterTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

/** A source that sends some bytes to each client, and then hangs, ends or resets the connection. */
function rawSource(bytes: string, then: "hang" | "end" | "reset", asked: () => void = () => {}): number {
  return later(
    Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write(bytes);
          asked();
          if (then === "end") socket.end();
          if (then === "reset") socket.terminate();
        },
      },
    }),
  ).port;
}

const rules = planOf({}).metrics;

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

test("if no part may be missing, a failure before the page has started is 500", async () => {
  const old = { ...rules, includesAgent: false, negotiates: false, allOrNothing: true };
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
  const old = { ...rules, includesAgent: false, negotiates: false, allOrNothing: true };
  const [envoyPort, port] = missing === "Envoy" ? [freePort(), endless] : [endless, freePort()];
  const { url } = await started({ metrics: { ...old, envoyPort, application: { port: String(port), path: "/" } } });
  expect((await fetch(`${url}/stats/prometheus`)).status).toBe(500);
  await closed;
});

test("the scraper's timeout is respected", async () => {
  const slow = scripted(async () => {
    await Bun.sleep(60_000);
    return new Response();
  });
  const { url } = await started({ metrics: { ...rules, includesAgent: false, envoyPort: slow } });
  const response = await fetch(`${url}/stats/prometheus`, { headers: { "x-prometheus-scrape-timeout-seconds": "0.1" } });
  expect([response.status, await response.text()]).toEqual([200, ""]);
});

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const ENVOY = "envoy 1\n".repeat(5_000);
const HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\napp 1\napp 2\napp 3";
const OPEN_HALF = HALF.replace("\r\n", `\r\nContent-Type: ${OPEN}\r\n`);
const TAKES_OPEN = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/** Milliseconds within which a page with a timeout of at most 1 s ends on a busy machine. */
const ENDS = 5_000;

interface Scraped {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  /** Milliseconds to the first byte of the page, and to its end. */
  readonly first: number;
  readonly whole: number;
}

async function scraped(url: string, headers: Record<string, string>): Promise<Scraped> {
  const before = performance.now();
  const response = await fetch(`${url}/stats/prometheus`, { headers: { "accept-encoding": "identity", ...headers } });
  const first = performance.now() - before;
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text, first, whole: performance.now() - before };
}

describe.each(["identity", "gzip", "zstd"])("next to an application that takes too long, as %s", (encoding) => {
  test.each([
    ["sends nothing", "", "hang", TAKES_OPEN, TEXT, ""],
    ["sends nothing", "", "hang", "*/*", TEXT, ""],
    ["stops in the middle", HALF, "hang", "*/*", TEXT, "app 1\napp 2\n"],
    ["resets in the middle", HALF, "reset", "*/*", TEXT, "app 1\napp 2\n"],
    ["stops in the middle of OpenMetrics", OPEN_HALF, "hang", TAKES_OPEN, OPEN, "app 1\napp 2\n# EOF\n"],
    ["stops in its head", "HTTP/1.1 200 OK\r\nContent-", "hang", "*/*", TEXT, ""],
  ] as const)("that %s Envoy's part comes whole and in time", async (_, bytes, then, accept, type, part) => {
    // A reset needs no timeout.
    const asked = timeThatPasses(400, then === "hang" ? 2 : Number.POSITIVE_INFINITY);
    const port = String(rawSource(bytes, then, asked));
    const envoyPort = scripted(() => {
      asked();
      return new Response(ENVOY);
    });
    const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
    const page = await scraped(url, { accept, "accept-encoding": encoding, "x-prometheus-scrape-timeout-seconds": "0.5" });
    expect({ ...page, text: page.text === ENVOY + part, first: 0, whole: page.whole < ENDS }).toEqual({
      status: 200,
      type,
      text: true,
      first: 0,
      whole: true,
    });
    const errors = lines.filter((line) => line.startsWith("error"));
    expect(errors).toEqual([expect.stringContaining("metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS)")]);
    if (then === "hang")
      expect(errors[0]).toEndWith("not finished within 0.4 s of the scraper's 0.5 s (X-Prometheus-Scrape-Timeout-Seconds)");
  });
});

test("Envoy's part does not wait for an application whose content type is known", async () => {
  let isSlow = false;
  let asked = () => {};
  const answering = Promise.withResolvers<void>();
  const port = String(
    scripted(async () => {
      asked();
      if (isSlow) await answering.promise;
      return new Response("app 1\n# EOF\n", { headers: { "content-type": OPEN } });
    }),
  );
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
  const ask = async (accept: string) => {
    const response = await fetch(`${url}/stats/prometheus`, {
      headers: { accept, "accept-encoding": "identity", "x-prometheus-scrape-timeout-seconds": "1" },
    });
    return { type: response.headers.get("content-type"), reader: (response.body ?? expect.unreachable()).getReader() };
  };
  expect(await scraped(url, { accept: TAKES_OPEN })).toMatchObject({ type: OPEN, text: `${ENVOY}app 1\n# EOF\n` });
  isSlow = true;
  asked = timeThatPasses(334, 2);
  // Known from the last response, or from the Accept header: the page starts although the application is silent.
  const pages = await Promise.all([ask(TAKES_OPEN), ask("text/plain")]);
  expect(pages.map(({ type }) => type)).toEqual([OPEN, TEXT]);
  const beginnings = await Promise.all(pages.map(async ({ reader }) => await reader.read()));
  expect(
    beginnings.map(({ value }) =>
      Buffer.from(value ?? [])
        .toString()
        .slice(0, 8),
    ),
  ).toEqual(["envoy 1\n", "envoy 1\n"]);
  answering.resolve();
  for (const { reader } of pages) {
    let last = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) last += Buffer.from(next.value).toString();
    expect(last).toEndWith("app 1\n# EOF\n");
  }
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([]);
});

test("a late application with a changed content type is left out of only that page", async () => {
  let type = OPEN;
  let asked = () => {};
  let answering = Promise.resolve();
  const port = String(
    scripted(async () => {
      asked();
      await answering;
      return new Response("app 1\n", { headers: { "content-type": type } });
    }),
  );
  const pageStarted = Promise.withResolvers<void>();
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
  const headers = { accept: TAKES_OPEN, "x-prometheus-scrape-timeout-seconds": "1" };
  expect(await scraped(url, headers)).toMatchObject({ type: OPEN });
  type = "text/plain";
  answering = pageStarted.promise;
  asked = timeThatPasses(334, 1);
  const response = await fetch(`${url}/stats/prometheus`, { headers });
  pageStarted.resolve();
  expect([response.headers.get("content-type"), await response.text()]).toEqual([OPEN, `${ENVOY}# EOF\n`]);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    `error Cannot scrape the metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS) on port ${port}: its content type is ${TEXT}, but the page has already started as ${OPEN}`,
  ]);
  expect(await scraped(url, headers)).toMatchObject({ type: TEXT, text: `${ENVOY}app 1\n` });
});

test("a page without an application counts the failure it shows", async () => {
  const { url } = await started({ metrics: { ...rules, envoyPort: freePort() } });
  expect((await scraped(url, {})).text).toContain('istio_agent_scrape_failures_total{type="envoy"} 1\n');
});

test("a slow application within the timeout is on the page, with its content type", async () => {
  const ready = Promise.withResolvers<void>();
  const port = String(
    scripted(async () => {
      await ready.promise;
      return new Response("app 1\n# EOF\n", { headers: { "content-type": OPEN } });
    }),
  );
  const asked = Promise.withResolvers<void>();
  const envoyPort = scripted(() => {
    asked.resolve();
    return new Response(ENVOY);
  });
  const { url } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
  const page = scraped(url, { accept: TAKES_OPEN, "x-prometheus-scrape-timeout-seconds": "30" });
  await asked.promise;
  ready.resolve();
  expect(await page).toMatchObject({ status: 200, type: OPEN, text: `${ENVOY}app 1\n# EOF\n` });
});

test("an Envoy that hangs loses its part, and is reported", async () => {
  const asked = timeThatPasses(400, 2);
  const port = String(
    scripted(() => {
      asked();
      return new Response("app 1\n");
    }),
  );
  const envoyPort = rawSource("HTTP/1.1 200 OK\r\n\r\nenvoy 1\nenvoy", "hang", asked);
  const { url, lines } = await started({ metrics: { ...rules, includesAgent: false, envoyPort, application: { port, path: "/" } } });
  const page = await scraped(url, { "x-prometheus-scrape-timeout-seconds": "0.5" });
  expect([page.status, page.text, page.whole < ENDS]).toEqual([200, "envoy 1\napp 1\n", true]);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    "error Cannot read all metrics of Envoy: not finished within 0.4 s of the scraper's 0.5 s (X-Prometheus-Scrape-Timeout-Seconds)",
  ]);
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

test("an endless application is ended in time, after a whole line", async () => {
  const { port } = later(
    Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await Bun.sleep(1);
              controller.enqueue(Buffer.from("app 1\napp".repeat(1_000)));
            },
          }),
        ),
    }),
  );
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines } = await started({
    metrics: { ...rules, includesAgent: false, envoyPort, application: { port: String(port), path: "/" } },
  });
  const page = await scraped(url, { "x-prometheus-scrape-timeout-seconds": "1" });
  expect([page.text.startsWith(`${ENVOY}app 1\n`), page.text.endsWith("app 1\n"), page.whole < ENDS]).toEqual([true, true, true]);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    expect.stringContaining("Cannot read all metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS): not finished within 0.9 s"),
  ]);
});

test("an application that has responded is complete although Envoy is late", async () => {
  const asked = timeThatPasses(900, 2);
  const port = String(
    scripted(() => {
      asked();
      return new Response("app 1\n".repeat(20_000));
    }),
  );
  const { url } = await started({
    metrics: { ...rules, includesAgent: false, envoyPort: rawSource("", "hang", asked), application: { port, path: "/" } },
  });
  const page = await scraped(url, { "x-prometheus-scrape-timeout-seconds": "1" });
  expect([page.text === "app 1\n".repeat(20_000), page.whole < ENDS]).toEqual([true, true]);
});

test("a scraper that disconnects is not a failure of a source", async () => {
  const port = String(rawSource("", "hang"));
  const envoyPort = scripted(() => new Response(ENVOY));
  const { url, lines, port: status } = await started({ metrics: { ...rules, envoyPort, application: { port, path: "/" } } });
  await raw(status, "GET /stats/prometheus HTTP/1.1\r\nHost: a\r\n\r\n", (seen) => seen.includes("envoy 1"));
  const left = "warn The scraper disconnected while waiting for the metrics of the application (ISTIO_PROMETHEUS_ANNOTATIONS)";
  await eventually(() => lines.includes(left), "the line about the scraper");
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([]);
  await scraped(url, { "x-prometheus-scrape-timeout-seconds": "0.2" });
  const { text } = await scraped(url, { "x-prometheus-scrape-timeout-seconds": "0.2" });
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
