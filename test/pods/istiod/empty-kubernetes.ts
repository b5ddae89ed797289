/** The API of a Kubernetes without a single object, which istiod does not run without. */
export function startEmptyKubernetes(hostname: string): Disposable & { readonly url: string } {
  const server = Bun.serve({ hostname, port: 0, idleTimeout: 0, fetch: answer });
  return { url: server.url.href, [Symbol.dispose]: () => void server.stop(true) };
}

function answer(request: Request): Response | Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET") return failure(403, "Forbidden");
  switch (pathname) {
    case "/version":
      return Response.json({ major: "1", minor: "36", gitVersion: "v1.36.0" });
    case "/api":
      return Response.json({ kind: "APIVersions", versions: ["v1"] });
    case "/apis":
      return Response.json({ kind: "APIGroupList", apiVersion: "v1", groups: [] });
  }
  // Clients then list before they watch.
  if (searchParams.get("sendInitialEvents") === "true") return failure(422, "Invalid");
  if (searchParams.get("watch") === "true" || searchParams.get("watch") === "1") return silence();
  const [, version = "", resource, name] =
    /^\/(api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?(?:\/([^/]+))?(?:\/(.+))?$/.exec(pathname) ?? [];
  if (resource === undefined)
    return Response.json({ kind: "APIResourceList", groupVersion: version.replace(/^apis?\//, ""), resources: [] });
  if (name !== undefined) return failure(404, "NotFound");
  const isMetadata = request.headers.get("accept")?.includes("PartialObjectMetadataList") === true;
  const kind = isMetadata ? { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" } : {};
  return Response.json({ ...kind, metadata: { resourceVersion: "1" }, items: [] });
}

function failure(code: number, reason: string): Response {
  return Response.json({ kind: "Status", apiVersion: "v1", status: "Failure", reason, code }, { status: code });
}

/** A watch without events. */
function silence(): Response {
  return new Response(new ReadableStream({ start() {} }), { headers: { "content-type": "application/json" } });
}
