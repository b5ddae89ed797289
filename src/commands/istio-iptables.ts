import type { FlagTable } from "../cli/flag.ts";
import { STATUS } from "../common/exit-status.ts";
import type { Log } from "../common/notice.ts";
import type { FileRead } from "../inputs/inputs.ts";
import { type CaptureConfig, type CaptureInputs, isTproxy } from "../iptables/capture-config.ts";
import { ruleValues, unsafeTable, unsafeValue } from "../iptables/unsafe-value.ts";
import type { CommandCall } from "./command.ts";
import type { Host } from "./host.ts";
import { answer } from "./iptables/answer.ts";
import { changeRoutes } from "./iptables/change-routes.ts";
import { claim } from "./iptables/claim.ts";
import { networkProblem } from "./iptables/network-problem.ts";
import { programNatively } from "./iptables/program-natively.ts";
import { type PlainProgramming, programPlainly } from "./iptables/program-plainly.ts";
import { DRY_RUN, type Programming, programRules } from "./iptables/program-rules.ts";
import { undoCommand } from "./iptables/undo-command.ts";
import { validate, validatePlainly } from "./iptables/validate.ts";

/** The exit status of a failed validation, and that of release 1.6 for every other failure, with which it crashes. */
const INVALID = 126;
const CRASHED = 2;

/** Programs the rules that redirect the traffic of a pod to Envoy, and validates them. */
export async function istioIptables(
  call: CommandCall<FlagTable>,
  host: Pick<Host, "openLog" | "openTraffic" | "print" | "readFile">,
): Promise<number> {
  const { invocation, environment, choice } = call;
  const contract = choice.profile.traffic();
  const isPlain = contract.procedure === "plain";
  const isAsked = invocation.flags.bool("explain") || invocation.flags.bool("check");
  const log = host.openLog(invocation.log, isPlain || isAsked ? "stderr" : "stdout");
  const failed = (error: string) => {
    log("error", error);
    return isPlain ? CRASHED : STATUS.found;
  };
  const traffic = await host.openTraffic();
  const settings = contract.readSettings(invocation.flags, environment);
  const configured = contract.configure(settings, environment, {
    addresses: traffic.addresses,
    passwd: () => textOf(host.readFile("/etc/passwd")),
    resolvConf: () => resolvConf(host),
  });
  if (!configured.ok) return failed(configured.error);
  const config = configured.value;
  const unsafe = config.skipApply ? undefined : unsafeIn(config);
  if (unsafe !== undefined) return failed(unsafe);
  const print = (line: string) => host.print(`${line}\n`);
  const variables = contract.shownVariables.map((name) => `${name}=${environment.lookup(name) ?? ""}`);
  const program = {
    config,
    plan: contract.plan(config),
    host: traffic,
    log,
    print,
    show: () =>
      isPlain ? showPlainly(variables, contract.shownConfig(config), print) : show(variables, contract.shownConfig(config), config, log),
    placesMissingNft: contract.placesMissingNft,
    undo: undoCommand(call),
  };
  if (isAsked) return await answer(invocation.flags, contract, program);
  const unable = config.skipApply || config.dryRun ? undefined : networkProblem(config, contract, traffic);
  if (unable !== undefined) return failed(unable);
  if (!config.skipApply && !config.dryRun) await claim(traffic, log);
  const release = traffic.holdSignals();
  const error = await (isPlain ? plainly(program) : config.nativeNftables ? natively(program) : viaIptables(program));
  const interrupted = release();
  if (error !== undefined) return failed(error);
  if (interrupted !== undefined) return interrupted;
  if (!config.runValidation) return STATUS.stopped;
  if (isPlain) return (await validatePlainly(config, traffic, print)) ? STATUS.stopped : INVALID;
  if (await validate(config, traffic, log)) return STATUS.stopped;
  log("error", VALIDATION_FAILED);
  return INVALID;
}

/** Returns why rules and routes of a configuration would do something else than redirect. */
function unsafeIn(config: CaptureConfig): string | undefined {
  const hasRoutes = isTproxy(config) && config.inboundPorts !== "";
  return unsafeValue(ruleValues(config)) ?? (hasRoutes ? unsafeTable(config.routeTable) : undefined);
}

function show(variables: readonly string[], settings: readonly string[], { nativeNftables }: CaptureConfig, log: Log): void {
  log("info", [`Istio ${nativeNftables ? "nftables" : "iptables"} environment:`, ...variables, ""].join("\n"));
  log("info", ["Istio config:", ...settings, ""].join("\n"));
}

function showPlainly(variables: readonly string[], settings: readonly string[], print: (line: string) => void): void {
  for (const line of ["Environment:", "------------", ...variables, "", "Variables:", "----------", ...settings, ""]) print(line);
}

async function plainly(programming: PlainProgramming): Promise<string | undefined> {
  return programming.config.skipApply ? undefined : await programPlainly(programming);
}

/** Programs the rules with iptables, then addresses and routes. */
async function viaIptables(programming: Programming): Promise<string | undefined> {
  const { config, host, log } = programming;
  if (config.skipApply) {
    if (config.dryRun) log("info", DRY_RUN);
    return undefined;
  }
  return (await programRules(programming)) ?? changeRoutes(config, host, log);
}

/** The same with nft. */
async function natively(programming: Programming): Promise<string | undefined> {
  const { config, host, log } = programming;
  log("info", "native nftables enabled, using nft rules for traffic redirection.");
  if (config.skipApply) return undefined;
  const programmed = await programNatively(programming);
  if ("error" in programmed) return programmed.error;
  const problem = changeRoutes(config, host, log);
  if (problem !== undefined) return problem;
  if (config.dryRun) log("info", `Not programmed in dry-run mode:\n${programmed.document}`);
  else log("info", `nftables rules programmed:\n${programmed.document}`);
  return undefined;
}

function textOf(read: FileRead): string {
  return read.kind === "text" ? read.text : "";
}

function resolvConf(host: Pick<Host, "readFile">): ReturnType<CaptureInputs["resolvConf"]> {
  const path = "/etc/resolv.conf";
  const read = host.readFile(path);
  if (read.kind === "text") return { ok: true, text: read.text };
  return { ok: false, reason: `open ${path}: ${read.kind === "missing" ? "no such file or directory" : read.reason}` };
}

const VALIDATION_FAILED =
  "Validation failed: connections of this pod do not reach Envoy's ports. With Istio's CNI plug-in, the pod may have started before the plug-in was ready on the node: istio-cni deletes such a pod if cni.repair.deletePods is set; otherwise delete it yourself once istio-cni runs there";
