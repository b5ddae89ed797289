import { afterEach, describe, expect, jest, test } from "bun:test";
import { ENVOY, rawSource, rules, scraped, timeThatPasses } from "./metric-sources.ts";
import { scripted, started, stopAll } from "./status-port.ts";

afterEach(() => {
  jest.useRealTimers();
  stopAll();
});

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\napp 1\napp 2\napp 3";
const OPEN_HALF = HALF.replace("\r\n", `\r\nContent-Type: ${OPEN}\r\n`);
const TAKES_OPEN = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

test("the scraper's timeout is respected", async () => {
  const slow = scripted(async () => {
    await Bun.sleep(60_000);
    return new Response();
  });
  const { url } = await started({ metrics: { ...rules, includesAgent: false, envoyPort: slow } });
  const response = await fetch(`${url}/stats/prometheus`, { headers: { "x-prometheus-scrape-timeout-seconds": "0.1" } });
  expect([response.status, await response.text()]).toEqual([200, ""]);
});

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
    expect({ ...page, text: page.text === ENVOY + part }).toEqual({
      status: 200,
      type,
      text: true,
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
  expect([page.status, page.text]).toEqual([200, "envoy 1\napp 1\n"]);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    "error Cannot read all metrics of Envoy: not finished within 0.4 s of the scraper's 0.5 s (X-Prometheus-Scrape-Timeout-Seconds)",
  ]);
});

test("an endless application is ended in time, after a whole line", async () => {
  const asked = timeThatPasses(900, 2);
  const port = scripted(() => {
    asked();
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => void setImmediate(resolve));
          controller.enqueue(Buffer.from("app 1\napp".repeat(1_000)));
        },
      }),
    );
  });
  const envoyPort = scripted(() => {
    asked();
    return new Response(ENVOY);
  });
  const { url, lines } = await started({
    metrics: { ...rules, includesAgent: false, envoyPort, application: { port: String(port), path: "/" } },
  });
  const page = await scraped(url, { "x-prometheus-scrape-timeout-seconds": "1" });
  expect([page.text.startsWith(`${ENVOY}app 1\n`), page.text.endsWith("app 1\n")]).toEqual([true, true]);
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
  expect(page.text === "app 1\n".repeat(20_000)).toBe(true);
});
