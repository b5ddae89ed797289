import type { FlagTable } from "../cli/flag.ts";
import { STATUS } from "../common/exit-status.ts";
import { bad, type Parsed } from "../go/parsed.ts";
import type { FileRead } from "../inputs/inputs.ts";
import { type CaptureConfig, type CaptureInputs, isTproxy } from "../iptables/capture-config.ts";
import type { TrafficContract } from "../iptables/traffic-contract.ts";
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
import type { TrafficHost } from "./iptables/traffic-host.ts";
import { undoCommand } from "./iptables/undo-command.ts";
import { validate, validatePlainly } from "./iptables/validate.ts";

/** The exit status of a failed validation, and that of release 1.6 for every other failure, with which it crashes. */
const INVALID = 126;
const CRASHED = 2;

type IptablesHost = Pick<Host, "openLog" | "openTraffic" | "print" | "readFile">;
type EitherProgramming = Programming & PlainProgramming;

/** Programs the rules that redirect the traffic of a pod to Envoy, and validates them. */
export async function istioIptables(call: CommandCall<FlagTable>, host: IptablesHost): Promise<number> {
  const { flags, log: logOptions } = call.invocation;
  const contract = call.choice.profile.traffic();
  const isPlain = contract.procedure === "plain";
  const isAsked = flags.bool("explain") || flags.bool("check");
  const log = host.openLog(logOptions, isPlain || isAsked ? "stderr" : "stdout");
  const failed = (error: string) => {
    log("error", error);
    return isPlain ? CRASHED : STATUS.found;
  };
  const traffic = await host.openTraffic();
  const configured = configOf(call, contract, traffic, host);
  if (!configured.ok) return failed(configured.error);
  const config = configured.value;
  const print = (line: string) => host.print(`${line}\n`);
  const variables = contract.shownVariables.map((name) => `${name}=${call.environment.lookup(name) ?? ""}`);
  const show = () => (isPlain ? showPlainly : showLogged)(variables, contract.shownConfig(config), { config, log, print });
  const { placesMissingNft } = contract;
  const program = { config, plan: contract.plan(config), host: traffic, log, print, show, placesMissingNft, undo: undoCommand(call) };
  if (isAsked) return await answer(flags, contract, program);
  const { error, interrupted } = await change(contract, program);
  if (error !== undefined) return failed(error);
  if (interrupted !== undefined) return interrupted;
  return !config.runValidation || (await isValid(contract, program)) ? STATUS.stopped : INVALID;
}

/** Reads the configuration, and refuses values with which it would do something else than redirect. */
function configOf(
  { invocation, environment }: CommandCall<FlagTable>,
  contract: TrafficContract,
  traffic: TrafficHost,
  host: IptablesHost,
): Parsed<CaptureConfig> {
  const configured = contract.configure(contract.readSettings(invocation.flags, environment), environment, {
    addresses: traffic.addresses,
    passwd: () => textOf(host.readFile("/etc/passwd")),
    resolvConf: () => resolvConf(host),
  });
  const unsafe = configured.ok && !configured.value.skipApply ? unsafeIn(configured.value, contract) : undefined;
  return unsafe === undefined ? configured : bad(unsafe);
}

/** Applies the configuration. Returns why that failed, or the exit status for a signal that has arrived meanwhile. */
async function change(
  contract: TrafficContract,
  program: EitherProgramming,
): Promise<{ readonly error?: string | undefined; readonly interrupted?: number | undefined }> {
  const { config, host, log } = program;
  if (!config.skipApply && !config.dryRun) {
    const unable = networkProblem(config, contract, host);
    if (unable !== undefined) return { error: unable };
    await claim(host, log);
  }
  const release = host.holdSignals();
  const way = contract.procedure === "plain" ? plainly : config.nativeNftables ? natively : viaIptables;
  const error = await way(program);
  return { error, interrupted: release() };
}

async function isValid({ procedure }: TrafficContract, { config, host, log, print }: EitherProgramming): Promise<boolean> {
  if (procedure === "plain") return await validatePlainly(config, host, print);
  const passed = await validate(config, host, log);
  if (!passed) log("error", VALIDATION_FAILED);
  return passed;
}

/** Returns why rules and routes of a configuration would do something else than redirect. */
function unsafeIn(config: CaptureConfig, { procedure }: TrafficContract): string | undefined {
  const hasRoutes = isTproxy(config) && config.inboundPorts !== "";
  return unsafeValue(ruleValues(config)) ?? (hasRoutes ? unsafeTable(config.routeTable, procedure) : undefined);
}

type Shown = Pick<EitherProgramming, "config" | "log" | "print">;

function showLogged(variables: readonly string[], settings: readonly string[], { config, log }: Shown): void {
  log("info", [`Istio ${config.nativeNftables ? "nftables" : "iptables"} environment:`, ...variables, ""].join("\n"));
  log("info", ["Istio config:", ...settings, ""].join("\n"));
}

function showPlainly(variables: readonly string[], settings: readonly string[], { print }: Shown): void {
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
