import type { Envoys, SupervisionContext } from "../../src/commands/host.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import type { AgentPlan, EpochPlan, Plan } from "../../src/launch/plan.ts";
import { RULES } from "../supervisor/support.ts";

/** An empty agent plan; tests set what they need. */
export const BLANK_AGENT: AgentPlan = {
  profile: "istio-1.30",
  role: "sidecar",
  node: { id: "sidecar~127.0.0.1~a.b~b.svc.cluster.local", cluster: "a.b", addresses: ["127.0.0.1"] },
  admin: { host: "127.0.0.1", port: 15000 },
  supervision: RULES,
  services: { readiness: { remembersState: false, files: [], nameTable: false }, sockets: {} },
  notices: [],
};

/** An empty epoch plan. */
export const BLANK_EPOCH: EpochPlan = {
  epoch: 0,
  binary: "envoy",
  binaryOrigin: "--envoy-path",
  options: [],
  configFile: "",
  ownConfiguration: [],
  directoryMode: 0o700,
  files: [],
  removals: [],
  temporary: [],
  environment: { set: {}, unset: [] },
  notices: [],
};

/** Creates a plan with the given parts. */
export function blankPlan(agent: Partial<AgentPlan> = {}, epoch: Partial<EpochPlan> = {}): Plan {
  return { agent: { ...BLANK_AGENT, ...agent }, epoch: (number) => ({ ...BLANK_EPOCH, ...epoch, epoch: number }) };
}

/** Creates the context of an agent that supervises epoch 0 of a plan, with Envoys that do nothing but what is given. */
export function blankContext(plan: Plan, envoys: Partial<Envoys> = {}, log: SupervisionContext["log"] = () => {}): SupervisionContext {
  return {
    envoys: {
      events: (async function* () {})(),
      push: () => {},
      start: () => undefined,
      signal: () => {},
      pid: () => undefined,
      isStopRequested: () => false,
      suspend: () => {},
      ...envoys,
    },
    plan,
    epoch: plan.epoch(0),
    sockets: {},
    replan: async () => plan,
    environment: environmentOf([]),
    log,
    strict: false,
  };
}
