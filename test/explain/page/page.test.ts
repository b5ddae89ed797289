import { describe, expect, test } from "bun:test";
import { type Answer, answerOf, injected } from "../support.ts";
import { decoded, parsed } from "./support.ts";

const FILES = {
  "a.yaml": injected("sidecar-1.30.yaml"),
  "b.yaml": injected("sidecar-1.30.yaml")
    .replace("name: reviews-5b97cfb8f9-x2v4p", "name: reviews-other")
    .replace("concurrency: 3", "concurrency: 4"),
};
/** One input decides the namespace; the name has three origins, each of which is enough. */
const CLUSTER =
  'cluster: "reviews.bookinfo" POD_NAMESPACE ISTIO_META_WORKLOAD_NAME or pod label app or pod label service.istio.io/canonical-name';
const pages = new Map<string, Promise<Answer>>();

/** Returns the page for arguments; each is made once. */
function page(...argv: readonly string[]): Promise<Answer> {
  const key = argv.join("\n");
  const made = pages.get(key) ?? answerOf(["explain", "--html=-", ...argv], {}, FILES);
  pages.set(key, made);
  return made;
}

/** Returns the lines of the trees by their paths: name, values and inputs, as a person reads them. */
function linesOf(html: string): ReadonlyMap<string, string> {
  const lines = [...html.matchAll(/<li id="([^"]*)"[^>]*>(?:<details open>)?<(?:summary|div) class="row">(.*?)<\/(?:summary|div)>/gs)];
  const plain = (part: string) =>
    decoded(part.replace(/<[^>]*>/g, ""))
      .trim()
      .replace(/ +/g, " ");
  return new Map(lines.map(([, id = "", line = ""]) => [plain(id), plain(line)]));
}

describe("one launch", () => {
  test("has every value with the inputs that it depends on", async () => {
    const { text, errors, exit } = await page("--from-file=a.yaml");
    expect({ errors, exit }).toEqual({ errors: "", exit: 0 });
    const lines = linesOf(text);
    expect(lines.get("node.id")).toBe(
      'id: "sidecar~10.244.1.7~reviews-5b97cfb8f9-x2v4p.bookinfo~bookinfo.svc.cluster.local" POD_NAME POD_NAMESPACE INSTANCE_IP or address 10.244.1.7 of eth0',
    );
    expect(lines.get("node.locality")).toBe("locality: {}");
    expect(lines.get("argv")).toMatch(/^argv: \d+ members$/);
    expect(lines.get("argv[--concurrency]")).toBe('--concurrency: "3" concurrency in pod annotation proxy.istio.io/config');
    expect(lines.get("static_resources.clusters[xds-grpc]")).toMatch(/^\[xds-grpc\]: \d+ members$/);
  });

  test("has the values of render", async () => {
    const { text } = await page("--from-file=a.yaml");
    const rendered = await answerOf(["render", "--from-file=a.yaml"], {}, FILES);
    const bootstrap = JSON.parse(rendered.text) as object; // what the command prints
    for (const name of Object.keys(bootstrap)) expect(linesOf(text).has(name)).toBe(true);
  });

  test("says what a value would be without each input", async () => {
    const { text } = await page("--from-file=a.yaml");
    const { texts } = parsed(text);
    const changes = texts(".change");
    expect(changes).toContain('node.cluster: "reviews.bookinfo"; without it: "reviews."');
    expect(changes).toContain('node.cluster: "reviews.bookinfo"; without all of them: "istio-proxy.bookinfo"');
    expect(changes).toContain("proxyConfig.holdApplicationUntilProxyStarts: true; without it: (no value)");
  });

  test("lists inputs without effect before the values, those with a surprise first", async () => {
    const { text } = await page("--from-file=a.yaml", "--concurency=1");
    const { texts, elements } = parsed(text);
    const ids = elements
      .flatMap(({ attributes: { id } }) => id ?? [])
      .filter((id) => ["idle", "unknown", "bootstrap", "plan", "effective"].includes(id));
    expect(ids).toEqual(["idle", "unknown", "bootstrap", "plan", "effective"]);
    const reasons = texts("#idle td").filter((_, index) => index % 2 === 1);
    expect(reasons[0]).toBe("unknown; did you mean --concurrency?");
    expect(reasons[1]).toStartWith("shadowed by ");
    expect(reasons.at(-1)).toBe("not read by attache");
  });

  test("names what is not known, where it is used and in a list", async () => {
    const { text } = await answerOf(["explain", "--html=-", "--from-file=env"], {}, { env: "POD_NAME=a\nPOD_NAMESPACE=b\n" });
    const { texts } = parsed(text);
    expect(texts("#unknown tbody th")).toContain("network interfaces");
    expect(text).not.toContain("192.0.2.1");
    const marked = [...linesOf(text)].filter(([, line]) => line.includes("not known"));
    expect(marked.length).toBeGreaterThan(0);
    expect(marked.filter(([, line]) => !line.includes("<the machine's interfaces>"))).toEqual([]);
    // The arguments are taken as "proxy", which many values contain.
    expect(linesOf(text).get("proxyConfig.serviceCluster")).toBe('serviceCluster: "istio-proxy"');
    expect(texts("#unknown td")).toContain("the command line of the process (shown as proxy)");
  });

  test("masks secrets everywhere", async () => {
    const { text } = await page("--from-file=a.yaml", "--caCertPassword=geheim", "--xds=direct");
    expect(text).not.toContain("geheim");
    const env = {
      ISTIO_META_API_TOKEN: "geheim-1",
      XDS_HEADER_AUTHORIZATION: "Bearer geheim-2",
      PROXY_CONFIG: '{"proxyMetadata":{"DB_PASSWORD":"geheim-3"}}',
    };
    const local = await answerOf(["explain", "--html=-"], { env }, {});
    expect(local.exit).toBe(0);
    expect(local.text).toContain("API_TOKEN");
    expect(local.text).not.toContain("geheim");
  });

  test("allows nothing but its own style and script, and refers to nothing outside", async () => {
    const { text } = await page("--from-file=a.yaml");
    const hashOf = (tag: string) => {
      const [, content = ""] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text) ?? [];
      return `'sha256-${new Bun.CryptoHasher("sha256").update(content).digest("base64")}'`;
    };
    const policy = parsed(text).elements.find(({ attributes }) => attributes["http-equiv"] !== undefined)?.attributes["content"];
    expect(policy).toBe(
      `default-src 'none'; style-src ${hashOf("style")}; script-src ${hashOf("script")}; base-uri 'none'; form-action 'none'`,
    );
    expect(text).not.toMatch(/https?:\/\/|@import|url\(|src=|innerHTML|insertAdjacentHTML|document\.write|\beval\(/);
    expect(text).not.toMatch(/<[^>]* style=|<[^>]* on[a-z]+=/);
  });
});

describe("two launches", () => {
  test("are one tree, with both values where they differ", async () => {
    const { text } = await page("--from-file=a.yaml", "--from-file=b.yaml");
    const lines = linesOf(text);
    expect(lines.get("proxyConfig.concurrency")).toBe("concurrency: A 3 B 4 concurrency in pod annotation proxy.istio.io/config");
    expect(lines.get("node.cluster")).toBe(CLUSTER);
    const compared = await answerOf(["diff", "-o", "json", "a.yaml", "b.yaml"], {}, FILES);
    const { changes } = JSON.parse(compared.text) as { changes: readonly { path: string }[] }; // what the command prints
    const marked = parsed(text).elements.filter(({ attributes }) => /\bdiffers\b/.test(attributes["class"] ?? ""));
    expect(marked.map(({ attributes }) => attributes["id"]).sort()).toEqual(changes.map(({ path }) => path).sort());
    expect(parsed(text).texts("#differing tbody th")).toEqual(["concurrency in pod annotation proxy.istio.io/config", "POD_NAME"]);
  });

  test("of one pod under two releases", async () => {
    const { text } = await page("--from-file=a.yaml", "--profile=istio-1.30", "--profile=istio-1.6");
    expect(parsed(text).texts("header p")).toEqual([
      expect.stringContaining("Profile istio-1.30, "),
      expect.stringContaining("Profile istio-1.6, "),
    ]);
    const { elements } = parsed(text);
    expect(elements.filter(({ attributes }) => /\bremoved\b/.test(attributes["class"] ?? "")).length).toBeGreaterThan(0);
    expect(elements.filter(({ attributes }) => /\badded\b/.test(attributes["class"] ?? "")).length).toBeGreaterThan(0);
  });

  test("with the same inputs", async () => {
    const same = parsed((await page("--from-file=a.yaml", "--from-file=a.yaml")).text);
    expect(same.texts("#differing p")).toEqual(["Both have the same inputs."]);
    expect(same.elements.filter(({ attributes }) => /\b(differs|changed)\b/.test(attributes["class"] ?? ""))).toEqual([]);
    const other = parsed((await page("--from-file=a.yaml", "--profile=istio-1.30", "--profile=istio-1.31")).text);
    expect(other.texts("#differing tbody th")).toEqual(["--profile"]);
  });

  test("of which one is refused", async () => {
    const files = { ...FILES, bad: "POD_NAME=a\nPROXY_CONFIG={\n" };
    const { text, exit } = await answerOf(["explain", "--html=-", "--from-file=a.yaml", "--from-file=bad"], {}, files);
    expect(exit).toBe(0);
    expect(parsed(text).texts("header .refused").join("")).toContain("PROXY_CONFIG");
    expect(linesOf(text).get("node.cluster")).toBe(CLUSTER);
    expect(parsed(text).texts("#differing h2")).toEqual([]);
  });

  test("name the inputs of both once, and then those of one", async () => {
    const { text } = await page("--from-file=a.yaml", "--profile=istio-1.30", "--profile=istio-1.6");
    expect(linesOf(text).get("node.id")).toEndWith(" POD_NAME POD_NAMESPACE INSTANCE_IP or address 10.244.1.7 of eth0");
    expect(linesOf(text).get("node.metadata.ISTIO_VERSION")).toBe('ISTIO_VERSION: "1.30.3" B ISTIO_META_ISTIO_VERSION');
  });
});

test("a file gets the page, and standard output what is on it", async () => {
  const written: Record<string, string> = {};
  const { text, errors } = await answerOf(
    ["explain", "--html=page.html", "--from-file=a.yaml", "--from-file=b.yaml"],
    {},
    FILES,
    undefined,
    written,
  );
  expect(errors).toBe("");
  expect(text).toMatch(/^Wrote "page.html": \d+ values, \d+ inputs, 11 differences\n$/);
  expect(written).toEqual({ "page.html": expect.stringMatching(/^<!DOCTYPE html>\n[\s\S]*<\/html>\n$/) });
});

test("a start that is refused has no page", async () => {
  const written: Record<string, string> = {};
  const files = { bad: "POD_NAME=a\nPROXY_CONFIG={\n" };
  for (const argv of [["--from-file=bad"], ["--from-file=bad", "--from-file=bad"]]) {
    const { errors, exit } = await answerOf(["explain", "--html=page.html", ...argv], {}, files, undefined, written);
    expect([errors, exit]).toEqual([expect.stringContaining("Cannot explain a start that is refused"), 255]);
  }
  expect(written).toEqual({});
});

test.each([
  [["node.id"], 'Cannot show only "node.id" on a page'],
  [["-o", "json"], "Cannot use --output together with --html"],
  [["--from-file=a.yaml", "--from-file=a.yaml", "--from-file=b.yaml"], "Cannot show 3 launches side by side"],
])("%j is refused", async (argv, message) => {
  const { errors, exit } = await page(...argv);
  expect(errors).toContain(message);
  expect(exit).toBe(255);
});
