import { run } from "../../../src/commands/run.ts";
import type { CaPlan, MeshPlan, SdsPlan, XdsPlan } from "../../../src/mesh/mesh-plan.ts";
import type { Case } from "../../conformance/cases.ts";
import { fakeHost } from "../../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../../support/certificate-text.ts";
import { type Started, started } from "../started.ts";

/** The root certificate that istiod gives to every namespace. */
export const ISTIOD_ROOT = "var/run/secrets/istio/root-cert.pem";
/** The variables of every start. */
export const BASE = { POD_NAME: "p", POD_NAMESPACE: "ns", SERVICE_ACCOUNT: "sa" };
/** How the token of the service account is read. */
export const TOKEN = { kind: "file", path: "./var/run/secrets/tokens/istio-token" } as const;

export type Env = Readonly<Record<string, string>>;

/** Starts a member of a mesh on a machine in memory. @throws Error if it is refused */
export async function startWith(
  env: Env,
  machine: Partial<Case> = {},
  words: readonly string[] = ["sidecar"],
): Promise<Started & { readonly mesh: MeshPlan | undefined }> {
  const files = { [ISTIOD_ROOT]: CERTIFICATE_TEXT, ...machine.files };
  const result = await started("istio-1.30", { ...machine, env: { ...BASE, ...env }, files }, words);
  if (result.launch === undefined) throw new Error(result.errors);
  return { ...result, mesh: result.launch.services.mesh };
}

/** Returns the plan of its membership. */
export async function meshOf(env: Env, machine: Partial<Case> = {}, words?: readonly string[]): Promise<MeshPlan> {
  const { mesh } = await startWith(env, machine, words);
  if (mesh === undefined) throw new Error("no mesh");
  return mesh;
}

/** Returns where its certificates come from. */
export async function sdsOf(env: Env, machine: Partial<Case> = {}): Promise<SdsPlan> {
  const { sds } = await meshOf(env, machine);
  if (sds === undefined) throw new Error("no SDS");
  return sds;
}

/** Returns how it asks its certificate authority. */
export async function caOf(env: Env, machine: Partial<Case> = {}): Promise<CaPlan> {
  const { ca } = await sdsOf(env, machine);
  if (ca === undefined) throw new Error("no CA");
  return ca;
}

/** Returns how its xDS proxy connects. */
export async function xdsOf(env: Env, machine: Partial<Case> = {}): Promise<XdsPlan> {
  const { xds } = await meshOf(env, machine);
  if (xds === undefined) throw new Error("no xDS");
  return xds;
}

/** Returns the plan that `render` prints. */
export async function rendered(env: Env): Promise<MeshPlan> {
  const files = { [ISTIOD_ROOT]: CERTIFICATE_TEXT };
  const { host } = fakeHost({ name: "", profile: "istio-1.30", args: [], expect: { launched: false, exit: 0 }, env, files });
  const printed: string[] = [];
  const print = (text: string | Uint8Array) => void printed.push(String(text));
  await run(["render", "--profile", "istio-1.30", "--format", "launch"], "attache", { ...host, print });
  return JSON.parse(printed.join("")).agent.services.mesh;
}

/** Returns the variable with a ProxyConfig. */
export const proxyConfig = (config: object): Env => ({ PROXY_CONFIG: JSON.stringify(config) });
/** Returns a machine with files that have some content. */
export const filled = (...paths: readonly string[]): Partial<Case> => ({
  files: Object.fromEntries(paths.map((path) => [path, CERTIFICATE_TEXT])),
});
