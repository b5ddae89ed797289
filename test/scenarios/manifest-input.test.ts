import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, SUBJECTS } from "../support/subject.ts";
import { messagesIn, newPlace } from "./support.ts";

const POD = readFileSync(join(ROOT, "test/pod/fixtures/sidecar-1.30.yaml"), "utf8");
const NAME = "reviews-5b97cfb8f9-x2v4p";
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: istio-ca, namespace: bookinfo}
stringData: {password: hunter2, key: "-----BEGIN PRIVATE KEY-----\\nMIIhunter2\\n-----END PRIVATE KEY-----"}
data: {token: aHVudGVyMg==}
`;
const UNKNOWN = `apiVersion: example.org/v1
kind: Teapot
spec: {size: 3}
`;
const MEGABYTE = 1024 ** 2;

/** Returns pods with names of their own until they have ten megabytes. */
function tenMegabytes(join: (pods: readonly string[]) => string): string {
  const count = Math.ceil((10 * MEGABYTE) / POD.length);
  return join(Array.from({ length: count }, (_, at) => POD.replaceAll(NAME, `reviews-${at}`)));
}

const asItem = (pod: string) => `- ${pod.replace(/^(?:#.*\n|---\n)*/, "").replace(/\n(?=.)/g, "\n  ")}`;

/** The same pod in other forms. */
const FORMS: readonly (readonly [name: string, text: string])[] = [
  ["CRLF", POD.replaceAll("\n", "\r\n")],
  ["a byte order mark", `\ufeff${POD}`],
  ["a byte order mark and CRLF", `\ufeff${POD}`.replaceAll("\n", "\r\n")],
  ["a Secret and an unknown kind beside it", `${SECRET}---\n${UNKNOWN}---\n${POD}`],
  ["a List", `apiVersion: v1\nkind: List\nitems:\n${asItem(POD)}${asItem(UNKNOWN)}`],
];

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("%s", (_, subject) => {
  test.each(FORMS)("%s: read like the pod alone", async (_form, text) => {
    using place = newPlace();
    place.write("pod.yaml", POD);
    place.write("other.yaml", text);
    const [plain, other] = [
      await place.run(subject, ["render", "--from-file", "pod.yaml"]),
      await place.run(subject, ["render", "--from-file", "other.yaml"]),
    ];
    expect([other.status, other.stdout]).toEqual([0, plain.stdout]);
    expect(other.stdout).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(await place.run(subject, ["diff", "pod.yaml", "other.yaml"])).toMatchObject({ status: 0, stdout: "" });
  });

  test.each([
    ["a pipe on standard input", 'cat pod.yaml | "$0" "$@" --from-file -', ["render"]],
    ["a file on standard input", '"$0" "$@" --from-file - < pod.yaml', ["render"]],
    ["standard input by its path", 'cat pod.yaml | "$0" "$@" --from-file /dev/stdin', ["render"]],
    ["a pipe of the shell", '"$0" "$@" --from-file <(cat pod.yaml)', ["render"]],
  ])("%s", async (_form, script, argv) => {
    using place = newPlace();
    place.write("pod.yaml", POD);
    const plain = await place.run(subject, ["render", "--from-file", "pod.yaml"]);
    const other = await place.run(subject, argv, { wrap: ["bash", "-c", script] });
    expect([other.status, other.stdout]).toEqual([0, plain.stdout]);
  });

  test.each([
    ["two pipes of the shell", '"$0" "$@" <(cat pod.yaml) <(cat pod.yaml)', ["diff"], 0],
    ["standard input and a file", 'cat pod.yaml | "$0" "$@"', ["diff", "-", "other.yaml"], 1],
    ["standard input with two releases", 'cat pod.yaml | "$0" "$@"', ["diff", "--profile=istio-1.6", "--profile=istio-1.30", "-"], 1],
  ])("diff of %s", async (_form, script, argv, status) => {
    using place = newPlace();
    place.write("pod.yaml", POD);
    place.write("other.yaml", POD.replaceAll(NAME, "other"));
    expect(await place.run(subject, argv, { wrap: ["bash", "-c", script] })).toMatchObject({ status });
  });

  test("a mesh config from standard input has its lines", async () => {
    using place = newPlace();
    place.write("pod.yaml", POD);
    place.write("mesh.yaml", "defaultConfig:\n  proxyAdminPort: 70000\n");
    const argv = ["validate", "--from-file=pod.yaml", "--mesh-config=-", "-o=json"];
    const { stdout } = await place.run(subject, argv, { wrap: ["bash", "-c", 'cat mesh.yaml | "$0" "$@"'] });
    expect(JSON.parse(stdout).findings[0].inputs).toEqual([expect.objectContaining({ file: "-", line: 2 })]);
  });

  test("a Secret that is broken is not shown; file, line and column are", async () => {
    using place = newPlace();
    place.write("broken.yaml", `${POD}---\n${SECRET.replace("key: ", "key: }")}`);
    for (const command of ["render", "explain"]) {
      const { status, stdout, stderr } = await place.run(subject, [command, "--from-file", "broken.yaml"]);
      expect([status, stdout]).toEqual([255, ""]);
      const line = POD.split("\n").length + 4;
      expect(messagesIn(stderr).at(-1)?.text).toMatch(
        new RegExp(`^Cannot read "broken\\.yaml": broken\\.yaml, line ${line}, column \\d+: `),
      );
      expect(stderr).not.toMatch(/hunter2|aHVudGVyMg/);
    }
  });

  test.each([
    ["a tab as indentation", POD.replace("\nspec:\n", "\nspec:\n\tx: 1\n"), "\tx: 1"],
    ["a bracket without end", POD.replace("\nspec:\n", "\nspec:\n  x: [\n"), undefined],
  ])("%s: where it is", async (_form, text, at) => {
    using place = newPlace();
    place.write("pod.yaml", text);
    const { status, stderr } = await place.run(subject, ["explain", "--from-file", "pod.yaml"]);
    const [, line] = /pod\.yaml, line (\d+), column \d+: /.exec(stderr) ?? [];
    expect([status, line]).toEqual([255, expect.any(String)]);
    if (at !== undefined) expect(Number(line)).toBe(text.split("\n").indexOf(at) + 1);
  });

  test("only unknown kinds", async () => {
    using place = newPlace();
    place.write("pod.yaml", `${UNKNOWN}---\n${SECRET}`);
    const { status, stderr } = await place.run(subject, ["explain", "--from-file", "pod.yaml"]);
    expect([status, messagesIn(stderr).map(({ text }) => text)]).toEqual([
      255,
      ['Cannot use "pod.yaml": it contains no pod, only Secret, Teapot'],
    ]);
  });
});

const [BUILT] = SUBJECTS.filter(({ name }) => name === "binary");

test.if(BUILT !== undefined).each([
  ["YAML documents", () => tenMegabytes((pods) => pods.join("---\n"))],
  ["a List in YAML", () => tenMegabytes((pods) => `apiVersion: v1\nkind: List\nitems:\n${pods.map(asItem).join("")}`)],
])("ten megabytes of %s", async (_, text) => {
  using place = newPlace();
  place.write("pods.yaml", text());
  if (BUILT === undefined) return;
  const { status, stdout } = await place.run(BUILT, ["explain", "--from-file", "pods.yaml", "--pod", "reviews-77", "node.id"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("~reviews-77.bookinfo~")]);
});

test.if(BUILT !== undefined)("ten megabytes of JSON", async () => {
  using place = newPlace();
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, annotations: { note: "x".repeat(10_000) } },
    spec: {
      containers: [
        {
          name: "istio-proxy",
          args: ["proxy", "sidecar"],
          env: ["CA_ROOT_CA", "XDS_ROOT_CA"].map((root) => ({ name: root, value: "SYSTEM" })),
        },
      ],
    },
  });
  const items = Array.from({ length: 1050 }, (_, at) => pod(`reviews-${at}`));
  place.write("pods.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2));
  if (BUILT === undefined) return;
  const { status, stdout } = await place.run(BUILT, ["explain", "--from-file", "pods.json", "--pod", "reviews-77", "node.id"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("pod reviews-77, container istio-proxy")]);
});
