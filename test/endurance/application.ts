/** A healthy application next to the proxy, with one metric. */
export interface Application extends Disposable {
  /** The variables that an injector would set for it. */
  readonly environment: Readonly<Record<string, string>>;
}

export const METRIC = "endurance_orders";

export function startApplication(): Application {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/metrics") return new Response("healthy\n");
      return new Response(`# TYPE ${METRIC} gauge\n${METRIC} 3\n`, { headers: { "content-type": "text/plain" } });
    },
  });
  const { port } = server;
  const probers = {
    "/app-health/shop/readyz": { httpGet: { path: "/healthy", port }, timeoutSeconds: 5 },
    "/app-health/shop/livez": { tcpSocket: { port }, timeoutSeconds: 5 },
  };
  const annotations = { scrape: "true", port: String(port), path: "/metrics" };
  return {
    environment: {
      ISTIO_KUBE_APP_PROBERS: JSON.stringify(probers),
      ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify(annotations),
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}
