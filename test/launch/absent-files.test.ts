import { expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import type { FileRead } from "../../src/inputs/inputs.ts";
import { answersFrom, keyOf, type Question, type Stat } from "../../src/inputs/questions.ts";
import { fakeHost } from "../conformance/fake-host.ts";

type Release = "1.6" | "1.30";
type Outcome = "starts" | "warns" | "refuses";
type Input = "mesh config" | "labels" | "annotations" | "override" | "template" | "root certificate";

const MISSING: FileRead = { kind: "missing" };
const UNREADABLE: FileRead = { kind: "unreadable", reason: "not a directory" };

/** How upstream reacts to each missing or unreadable file (the sources of 1.6.0 and 1.30.3). */
const TABLE: readonly (readonly [Input, Release, missing: Outcome, unreadable: Outcome])[] = [
  ["mesh config", "1.6", "starts", "refuses"],
  ["mesh config", "1.30", "starts", "refuses"],
  ["labels", "1.6", "starts", "warns"],
  ["labels", "1.30", "starts", "warns"],
  ["annotations", "1.6", "starts", "warns"],
  ["annotations", "1.30", "starts", "warns"],
  ["override", "1.6", "warns", "warns"],
  ["override", "1.30", "warns", "warns"],
  ["template", "1.6", "refuses", "refuses"],
  ["template", "1.30", "refuses", "refuses"],
  ["root certificate", "1.6", "refuses", "refuses"],
];

const VARIABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  override: { ISTIO_BOOTSTRAP_OVERRIDE: "/o.json" },
  template: { ISTIO_BOOTSTRAP: "/t.json" },
  "root certificate": { PROXY_CONFIG: '{"discoveryAddress":"istiod.istio-system.svc:15012"}' },
};

async function outcomeOf(input: Input, release: Release, found: FileRead): Promise<Outcome> {
  const ca = input === "root certificate" ? {} : { CA_ADDR: "ca:15010", XDS_ROOT_CA: "SYSTEM" };
  const env = { POD_NAME: "p", POD_NAMESPACE: "n", INSTANCE_IP: "10.0.0.1", ...ca, ...VARIABLES[input] };
  const { host } = fakeHost({ name: "absent", profile: release, args: [], env, expect: { launched: true, exit: 0 } });
  const said: string[] = [];
  const answerTo = (question: Question): unknown => {
    if (question.kind === "read") return found;
    if (question.kind === "stat") return (question.path.endsWith("istio-token") ? "file" : "missing") satisfies Stat;
    if (question.kind === "installed-envoy") return question.path;
    return question.kind === "socket" ? "absent" : { values: {} };
  };
  const status = await run(["proxy", "sidecar", `--profile=istio-${release}`], "attache", {
    ...host,
    readInputs: (...given) => {
      const inputs = host.readInputs(...given);
      const named = { "mesh config": "meshConfig", labels: "labels", annotations: "annotations", override: "override" } as const;
      const name = Object.entries(named).find(([key]) => key === input)?.[1];
      return name === undefined ? inputs : { ...inputs, files: { ...inputs.files, [name]: found } };
    },
    answerQuestions: async (questions) => answersFrom(new Map(questions.map((question) => [keyOf(question), answerTo(question)]))),
    openLog: () => (level, text) => void (level === "warn" && text.includes("/") && said.push(text)),
  });
  if (status !== 0) return "refuses";
  const paths: Readonly<Record<string, string>> = { labels: "pod/labels", annotations: "pod/annotations", override: "/o.json" };
  return said.some((text) => text.includes(paths[input] ?? "\0")) ? "warns" : "starts";
}

test.each(TABLE)("%s, %s: %s without it, %s when it cannot be read", async (input, release, missing, unreadable) => {
  const outcomes = { missing: await outcomeOf(input, release, MISSING), unreadable: await outcomeOf(input, release, UNREADABLE) };
  expect(outcomes).toEqual({ missing, unreadable });
});
