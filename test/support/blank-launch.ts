import type { Launch } from "../../src/launch/launch.ts";
import { RULES } from "../supervisor/support.ts";

/** A launch of nothing; tests say what theirs is about. */
export const BLANK_LAUNCH: Launch = {
  profile: "istio-1.30",
  role: "sidecar",
  epoch: 0,
  binary: "envoy",
  binaryOrigin: "--envoy-path",
  options: [],
  configFile: "",
  ownConfiguration: [],
  files: [],
  removals: [],
  temporary: [],
  environment: { set: {}, unset: [] },
  admin: { host: "127.0.0.1", port: 15000 },
  supervision: RULES,
  readiness: { remembersState: false, drainWithdraws: false, files: [], nameTable: false },
  node: { id: "sidecar~127.0.0.1~a.b~b.svc.cluster.local", cluster: "a.b", addresses: ["127.0.0.1"] },
  notices: [],
};
