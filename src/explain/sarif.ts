import type { FilePlace } from "../inputs/input-place.ts";
import { type Cause, type Finding, type FindingLevel, RULES } from "./finding.ts";
import type { Report } from "./findings-text.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** How SARIF calls the levels: what cannot be decided is open, not a failure. */
const LEVELS: Readonly<Record<FindingLevel, { readonly level: string; readonly kind: string }>> = {
  error: { level: "error", kind: "fail" },
  warning: { level: "warning", kind: "fail" },
  note: { level: "note", kind: "fail" },
  unknown: { level: "none", kind: "open" },
};

/** Returns a report as a log in the Static Analysis Results Interchange Format, version 2.1.0. */
export function sarifLog({ of, profile, findings, envoy, isOk }: Report, version: string): object {
  const ids = Object.keys(RULES);
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "attache",
            version,
            rules: Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true, exitCode: isOk ? 0 : 1 }],
        properties: { of, profile, envoy },
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          ...LEVELS[finding.level],
          message: { text: messageOf(finding) },
          ...locationsOf(finding),
        })),
      },
    ],
  };
}

function messageOf({ message, causes, notes }: Finding): string {
  const inputs = causes.map(({ input: { label, value } }) => (value === "" ? label : `${label} = ${value}`));
  return [message, ...(inputs.length === 0 ? [] : [`Because of ${inputs.join(", ")}`]), ...notes].join("\n");
}

/** The first cause that is in a file is where to change something; the others are related. */
function locationsOf({ causes, path }: Finding): object {
  const logical = path === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: path, kind: "member" }] };
  const inFiles = causes.filter((cause): cause is Cause & { readonly at: FilePlace } => cause.at !== undefined);
  const [first, ...others] = inFiles;
  if (first === undefined) return path === undefined ? {} : { locations: [logical] };
  return {
    locations: [{ physicalLocation: physical(first.at), ...logical }],
    ...(others.length === 0
      ? {}
      : { relatedLocations: others.map(({ input, at }, id) => ({ id, physicalLocation: physical(at), message: { text: input.label } })) }),
  };
}

function physical({ file, line, column }: FilePlace): object {
  return {
    artifactLocation: { uri: uriOf(file) },
    ...(line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
  };
}

/** Returns a path as a URI reference: relative ones stay relative to where the command ran. */
function uriOf(file: string): string {
  const path = file
    .replace(/^(?:\.\/)+/, "")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return file.startsWith("/") ? `file://${path}` : path;
}
