import { shown } from "../go/shown.ts";
import { readConfiguration } from "./configuration.ts";
import { type Complain, integerAt, type Member, memberOf, membersOf, objectAt, textAt } from "./go-members.ts";
import type { Prober } from "./status-plan.ts";

/** What a release knows of application probes (contract 1.6 §11.3, 1.30 §10.4). */
export interface ProberContract {
  /** What a prober's path must look like: a pattern's source. */
  readonly path: string;
  readonly kinds: readonly ("httpGet" | "tcpSocket" | "grpc")[];
  /** Whether a path without a slash in front is given one. */
  readonly addsSlash: boolean;
  /** Headers of the prober whose first stands for the Host to send. */
  readonly hostHeaders: readonly string[];
}

const VARIABLE = "ISTIO_KUBE_APP_PROBERS";

/** The application probes a variable's text configures. @throws ConfigError with every mistake and its place */
export function parseProbers(text: string, contract: ProberContract): Readonly<Record<string, Prober>> {
  const pattern = new RegExp(contract.path);
  return readConfiguration(VARIABLE, text, (document, complain) => {
    const probers = objectAt(document, complain);
    const pairs = (probers === undefined ? [] : membersOf(probers)).flatMap(([path, member]) => {
      if (!pattern.test(path)) complain(member, `is not a probe path: it must match ${contract.path}`);
      const prober = proberOf(member, contract, complain);
      return prober === undefined ? [] : [[path, prober] as const];
    });
    return Object.fromEntries(pairs);
  });
}

function proberOf(at: Member, contract: ProberContract, complain: Complain): Prober | undefined {
  const timeoutSeconds = integerAt(memberOf(at, "timeoutSeconds"), complain);
  const found = contract.kinds.flatMap((kind) => {
    const action = objectAt(memberOf(at, kind), complain);
    return action === undefined ? [] : [{ kind, action }];
  });
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) {
    complain(at, `must have exactly one of ${contract.kinds.join(", ")}: current value is ${shown(at.value)}`);
    return undefined;
  }
  const { kind, action } = only;
  if (kind === "tcpSocket") {
    textAt(memberOf(action, "host"), complain);
    return { kind: "tcp", port: numberedPort(action, complain), timeoutSeconds };
  }
  if (kind === "grpc") {
    const service = textAt(memberOf(action, "service"), complain);
    return { kind, port: integerAt(memberOf(action, "port"), complain), service, timeoutSeconds };
  }
  return httpProber(action, timeoutSeconds, contract, complain);
}

function httpProber(action: Member, timeoutSeconds: number, contract: ProberContract, complain: Complain): Prober {
  const path = textAt(memberOf(action, "path"), complain);
  textAt(memberOf(action, "host"), complain);
  const headers = headersOf(action, complain);
  const host = headers.find(([name]) => contract.hostHeaders.includes(name))?.[1];
  return {
    kind: "http",
    scheme: textAt(memberOf(action, "scheme"), complain) === "HTTPS" ? "https" : "http",
    port: numberedPort(action, complain),
    path: contract.addsSlash && !path.startsWith("/") ? `/${path}` : path,
    ...(host === undefined ? {} : { host }),
    timeoutSeconds,
  };
}

function headersOf(action: Member, complain: Complain): readonly (readonly [string, string])[] {
  const list = memberOf(action, "httpHeaders");
  if (list === undefined) return [];
  if (!Array.isArray(list.value)) {
    complain(list, `must be a list: current value is ${shown(list.value)}`);
    return [];
  }
  return list.value.flatMap((value: unknown, index) => {
    const entry = objectAt({ value, path: [...list.path, String(index)] }, complain);
    if (entry === undefined) return [];
    const name = textAt(memberOf(entry, "name"), complain);
    const member = memberOf(entry, "value");
    return [[name, textAt(member && { ...member, name }, complain)] as const];
  });
}

/** The injector has put numbers in place of named ports. */
function numberedPort(action: Member, complain: Complain): number {
  const port = memberOf(action, "port");
  if (typeof port?.value === "string") {
    complain(port, `must be a number: current value is ${shown(port.value)}`);
    return 0;
  }
  return integerAt(port, complain);
}
