import type { Switches } from "../cli/switches.ts";
import { ConfigError } from "../common/errors.ts";
import type { Adaptable } from "../envoy/adapt.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { Parsed } from "../go/parsed.ts";
import { cleanPath, joinPath } from "../go/path.ts";
import { parseDocument } from "../inputs/document.ts";
import type { Answers, EnvoyVersion, Question } from "../inputs/questions.ts";
import type { MeshPlan } from "../mesh/mesh-plan.ts";
import { type Node, uniqueAddresses } from "../node/node.ts";
import { finishConfig } from "../profiles/finish-config.ts";
import type { Bootstrap, ProcessPlan, Profile, Start } from "../profiles/profile.ts";
import type { Settings } from "../profiles/settings.ts";
import { lookupQuestions } from "../settings/statsd.ts";
import type { Supervision } from "../supervisor/supervision.ts";
import {
  type BootstrapSource,
  bootstrapSource,
  ownConfiguration,
  sourceQuestions,
  suffixOf,
  templateText,
  withTemplateFlag,
} from "./bootstrap-source.ts";
import { envoyBinary, envoyQuestions, versionQuestion } from "./envoy-binary.ts";
import type { AgentPlan, EpochPlan, Plan, PlannedFile, ServicesPlan } from "./plan.ts";
import { changesHotRestart, supervisionOf } from "./supervision-of.ts";
import { requireXdsFiles, xdsFileQuestions } from "./xds-files.ts";

/** Returns what the machine has to answer before settings can become a plan. */
export function questionsOf(profile: Profile, settings: Settings): readonly Question[] {
  const { switches } = settings.invocation;
  return [
    ...(hasOwnBaseId(switches) ? [baseIdQuestion(settings)] : []),
    ...envoyQuestions(settings),
    ...(switches.adaptEnvoy ? [versionQuestion(settings)] : []),
    ...lookupQuestions(settings.merged),
    ...sourceQuestions(bootstrapSource(settings)),
    ...xdsFileQuestions(switches),
    ...profile.questions(settings),
  ];
}

/**
 * Reports whether Envoy gets its own base-id: with switches beyond the recorded contract, in which Envoy runs without
 * one and uses 0.
 */
function hasOwnBaseId(switches: { readonly adaptEnvoy: boolean; readonly hotRestart: boolean }): boolean {
  return switches.adaptEnvoy || switches.hotRestart;
}

function baseIdQuestion({ merged }: Settings): Question {
  return { kind: "base-id", adminPort: merged.proxyAdminPort ?? 0, configPath: merged.configPath ?? "" };
}

/**
 * Returns the plan for settings: the node, the services, Envoy's configuration and its start.
 * @throws ConfigError for settings, preconditions or templates that upstream refuses, too
 */
export function makePlan(profile: Profile, settings: Settings, answers: Answers): Plan {
  const { switches } = settings.invocation;
  if (!profile.xdsSources.includes(switches.xds.kind))
    throw new ConfigError(`Cannot use --xds ${shownSource(switches.xds)}`, [
      `profile ${profile.name} supports only ${profile.xdsSources.join(", ")}, because Envoy connects to the control plane itself; remove --xds (ATTACHE_XDS)`,
    ]);
  const source = bootstrapSource(settings);
  const finished = finishConfig(profile, settings, answers);
  const generates = source.kind !== "custom";
  const security = profile.decideSecurity({ settings, config: finished.config, answers, generates });
  const start: Start = { settings, config: withTemplateFlag(security.config, settings), answers, generates };
  const { node, typed, notices } = profile.node(start);
  const status = profile.statusPlan(start, node);
  const planned = profile.processPlan(start, node);
  const xdsDirectory = switches.xds.kind === "file" && generates && !planned.withoutEnvoy ? switches.xds.directory : undefined;
  if (xdsDirectory !== undefined) requireXdsFiles(xdsDirectory, answers);
  const generated = source.kind === "custom" || planned.withoutEnvoy ? undefined : generate(profile, source, start, node);
  const own = ownConfiguration(source, settings, planned.override !== undefined);
  const contractAdmin = generated?.admin ?? { host: "127.0.0.1", port: start.config.proxyAdminPort ?? 0 };
  const agent: AgentPlan = Object.freeze({
    profile: profile.name,
    role: settings.role,
    ...(planned.withoutEnvoy === undefined ? {} : { withoutEnvoy: planned.withoutEnvoy }),
    node: { id: node.id, cluster: node.cluster, addresses: uniqueAddresses(node) },
    admin: own.length === 0 ? contractAdmin : ownAdmin(contractAdmin, ownText(source, answers, generated), planned.override?.document),
    supervision: supervisionOf(profile.lifecycle(start, node), start, hasOwnBaseId(switches) ? answers.baseId() : 0),
    services: servicesOf(
      profile,
      start,
      {
        readiness: profile.readiness(start),
        ...(status === undefined ? {} : { status }),
        ...(xdsDirectory === undefined ? {} : { xdsDirectory }),
        sockets: profile.mesh?.sockets(start) ?? {},
      },
      () => (typed === undefined ? undefined : profile.mesh?.grpcBootstrap(start, node, typed())),
    ),
    notices: [...settings.notices, ...finished.notices, ...security.notices, ...notices],
    ...(profile.mesh && { advice: () => profile.mesh?.notices(start) ?? [] }),
  });
  const parts: EpochParts = { profile, start, source, agent, planned, generated, own, removals: security.removals };
  return { agent, epoch: (number) => epochPlan(parts, number) };
}

/** Applications, which may run as other users, read the file. */
const GRPC_MODE = 0o644;

/** Returns the settings of the services. Those of a mesh are read when Envoy runs, and made then. */
function servicesOf(
  profile: Profile,
  start: Start,
  parts: Omit<ServicesPlan, "mesh" | "grpcBootstrap">,
  grpc: () => Bootstrap["files"][number] | undefined,
): ServicesPlan {
  let mesh: { readonly plan: MeshPlan | undefined } | undefined;
  let file: { readonly planned: PlannedFile | undefined } | undefined;
  const fileOf = () => {
    const written = grpc();
    return written && { ...written, mode: GRPC_MODE };
  };
  return Object.freeze({
    ...parts,
    get mesh() {
      mesh ??= { plan: profile.mesh?.plan(start) };
      return mesh.plan;
    },
    get grpcBootstrap() {
      file ??= { planned: fileOf() };
      return file.planned;
    },
  });
}

/** The parts that all epochs of a plan share. */
interface EpochParts {
  readonly profile: Profile;
  readonly start: Start;
  readonly source: BootstrapSource;
  readonly agent: AgentPlan;
  readonly planned: ProcessPlan;
  readonly generated: Generated | undefined;
  readonly own: EpochPlan["ownConfiguration"];
  readonly removals: EpochPlan["removals"];
}

function epochPlan({ profile, start, source, agent, planned, generated, own, removals }: EpochParts, epoch: number): EpochPlan {
  const { settings, answers } = start;
  const { switches } = settings.invocation;
  const { configPath: directory = "" } = start.config;
  const configFile = source.kind === "custom" ? source.path : joinPath(directory, `${profile.epochFile(epoch)}.${suffixOf(source)}`);
  const contract = planned.options(epoch, configFile);
  const isChanged = agent.supervision.hotRestart && changesHotRestart(switches);
  const options = isChanged ? withHotRestart(contract, epoch, agent.supervision) : contract;
  const envoy = envoyBinary(settings, answers);
  const wanted = { options, ...(generated === undefined ? {} : { bootstrap: generated.text }), notices: [] };
  const fitted = switches.adaptEnvoy ? adapted(wanted, envoy.path, answers.envoyVersion(versionQuestion(settings))) : wanted;
  const { bootstrap } = fitted;
  const mode = switches.privateFiles ? 0o600 : 0o666;
  return Object.freeze({
    epoch,
    binary: envoy.path,
    binaryOrigin: envoy.origin,
    options: fitted.options,
    configFile,
    ownConfiguration: own,
    ...(bootstrap === undefined ? {} : { bootstrap, directory: cleanPath(directory) }),
    directoryMode: agent.services.sockets.xds === undefined ? 0o700 : 0o750,
    files:
      generated === undefined || bootstrap === undefined
        ? []
        : [...generated.files, { path: configFile, text: bootstrap }].map((file) => ({ ...file, mode })),
    removals,
    temporary: generated === undefined ? [] : [configFile],
    environment: { set: planned.environment, unset: [] },
    ...(planned.user === undefined ? {} : { user: planned.user }),
    notices: [...(generated?.notices ?? []), ...planned.notices, ...fitted.notices],
  });
}

function shownSource(xds: Switches["xds"]): string {
  return xds.kind === "file" ? `file:${xds.directory}` : xds.kind;
}

/** Adds the options for hot restart beyond the recorded contract; loaded only then. */
function withHotRestart(contract: readonly EnvoyOption[], epoch: number, { baseId, parentShutdown }: Supervision): readonly EnvoyOption[] {
  const { hotRestartOptions }: typeof import("../envoy/hot-restart-options.ts") = require("../envoy/hot-restart-options.ts");
  return hotRestartOptions(contract, { epoch, ...(baseId === 0 ? {} : { baseId }), parentShutdown });
}

/** Adapts an epoch to the version of Envoy and reports the changes; an unknown version changes nothing. */
function adapted(wanted: Adaptable, binary: string, version: Parsed<EnvoyVersion>): Adaptable & Pick<EpochPlan, "notices"> {
  // Loaded only with --adapt-envoy, whose start waits for another process anyway.
  const { adapt }: typeof import("../envoy/adapt.ts") = require("../envoy/adapt.ts");
  if (version.ok) return adapt(wanted, version.value);
  const text = `Cannot determine the version of Envoy "${binary}", so --adapt-envoy changes nothing: ${version.error}`;
  return { ...wanted, notices: [{ level: "warn", text }] };
}

/** Returns the admin address in a configuration that the user provides at least in part. */
function ownAdmin(contract: AdminAddress, text: string | undefined, override: unknown): AdminAddress {
  const { adminAddress }: typeof import("../envoy/admin-address.ts") = require("../envoy/admin-address.ts");
  const document = text === undefined ? undefined : parseDocument(text);
  return adminAddress([document?.ok === true ? document.value : undefined, override], contract);
}

function ownText(source: BootstrapSource, answers: Answers, generated: Generated | undefined): string | undefined {
  if (source.kind === "stock") return undefined;
  if (source.kind === "template") return generated?.text;
  const file = answers.read(source.path);
  return file.kind === "text" ? file.text : undefined;
}

/** A bootstrap, and its admin address by the contract. */
type Generated = Bootstrap & { readonly admin: AdminAddress };

function generate(profile: Profile, source: Exclude<BootstrapSource, { kind: "custom" }>, start: Start, node: Node): Generated {
  const { parameters, admin, files, notices } = profile.parameters(start, node);
  if (source.kind === "stock") return { text: profile.render(parameters), admin, files, notices };
  const text = templateText(source, start.answers, profile.generationStatus);
  if (!source.path.endsWith(".eta")) return { text, admin, files, notices };
  const { renderUserTemplate }: typeof import("../bootstrap/user-template.ts") = require("../bootstrap/user-template.ts");
  const rendered = renderUserTemplate(source.path, text, { ...parameters, config: start.config }, profile.generationStatus);
  return { text: rendered, admin, files, notices };
}
