import { displayText } from "../go/display-text.ts";
import { readConfiguration } from "./configuration.ts";
import { integerAt, type Member, memberOf, membersOf, objectAt, type ReportProblem, textAt } from "./go-members.ts";
import type { Prober } from "./status-plan.ts";

/** A release's rules for application probes (contract 1.6 §11.3, 1.30 §10.4). */
export interface ProberContract {
  /** The pattern for a prober's path, as a regular expression's source. */
  readonly path: string;
  readonly kinds: readonly ("httpGet" | "tcpSocket" | "grpc")[];
  /** Whether a leading slash is added to a path without one. */
  readonly addsSlash: boolean;
  /** The headers of the prober that set the Host, in order of precedence. */
  readonly hostHeaders: readonly string[];
}

const VARIABLE = "ISTIO_KUBE_APP_PROBERS";

/** Parses the application probes from a variable's text. @throws ConfigError with every problem and its position */
export function parseProbers(text: string, contract: ProberContract): Readonly<Record<string, Prober>> {
  const pattern = new RegExp(contract.path);
  return readConfiguration(VARIABLE, text, (document, report) => {
    const probers = objectAt(document, report);
    const pairs = (probers === undefined ? [] : membersOf(probers)).flatMap(([path, member]) => {
      if (!pattern.test(path)) report(member, `is not a probe path: it must match ${contract.path}`);
      const prober = proberOf(member, contract, report);
      return prober === undefined ? [] : [[path, prober] as const];
    });
    return Object.fromEntries(pairs);
  });
}

function proberOf(at: Member, contract: ProberContract, report: ReportProblem): Prober | undefined {
  const timeoutSeconds = integerAt(memberOf(at, "timeoutSeconds"), report);
  const found = contract.kinds.flatMap((kind) => {
    const action = objectAt(memberOf(at, kind), report);
    return action === undefined ? [] : [{ kind, action }];
  });
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) {
    report(at, `must have exactly one of ${contract.kinds.join(", ")}: current value is ${displayText(at.value)}`);
    return undefined;
  }
  const { kind, action } = only;
  if (kind === "tcpSocket") {
    textAt(memberOf(action, "host"), report);
    return { kind: "tcp", port: numberedPort(action, report), timeoutSeconds };
  }
  if (kind === "grpc") {
    const service = textAt(memberOf(action, "service"), report);
    return { kind, port: integerAt(memberOf(action, "port"), report), service, timeoutSeconds };
  }
  return httpProber(action, timeoutSeconds, contract, report);
}

function httpProber(action: Member, timeoutSeconds: number, contract: ProberContract, report: ReportProblem): Prober {
  const path = textAt(memberOf(action, "path"), report);
  textAt(memberOf(action, "host"), report);
  const headers = headersOf(action, report);
  const host = headers.find(([name]) => contract.hostHeaders.includes(name))?.[1];
  return {
    kind: "http",
    scheme: textAt(memberOf(action, "scheme"), report) === "HTTPS" ? "https" : "http",
    port: numberedPort(action, report),
    path: contract.addsSlash && !path.startsWith("/") ? `/${path}` : path,
    ...(host === undefined ? {} : { host }),
    timeoutSeconds,
  };
}

function headersOf(action: Member, report: ReportProblem): readonly (readonly [string, string])[] {
  const list = memberOf(action, "httpHeaders");
  if (list === undefined) return [];
  if (!Array.isArray(list.value)) {
    report(list, `must be a list: current value is ${displayText(list.value)}`);
    return [];
  }
  return list.value.flatMap((value: unknown, index) => {
    const entry = objectAt({ value, path: [...list.path, String(index)] }, report);
    if (entry === undefined) return [];
    const name = textAt(memberOf(entry, "name"), report);
    const member = memberOf(entry, "value");
    return [[name, textAt(member && { ...member, name }, report)] as const];
  });
}

/** The injector replaces named ports by numbers. */
function numberedPort(action: Member, report: ReportProblem): number {
  const port = memberOf(action, "port");
  if (typeof port?.value === "string") {
    report(port, `must be a number: current value is ${displayText(port.value)}`);
    return 0;
  }
  return integerAt(port, report);
}
