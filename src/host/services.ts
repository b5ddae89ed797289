import type { ServiceRow } from "../commands/service.ts";

/** Time limit, in milliseconds, for a service whose end waits for nothing. */
const AT_ONCE = 1_000;

/** Everything that runs beside Envoy, in the order in which it is opened. A service is loaded only when it is wanted. */
export const SERVICES: readonly ServiceRow[] = [
  {
    // Before all others, which set timers.
    name: "long waits at rest",
    onFailure: "warning",
    lasts: "until-stop",
    limit: AT_ONCE,
    wanted: ({ agent: { services } }) => services.mesh?.sds !== undefined || services.mesh?.xds !== undefined,
    open: async () => (await import("./services/long-waits.ts")).openLongWaits(),
  },
  {
    name: "reaper of orphans",
    onFailure: "warning",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: () => true,
    open: async (context) => (await import("./services/reaper.ts")).openReaper(context),
  },
  {
    name: "connection to systemd",
    onFailure: "warning",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: ({ environment }) => environment.get("NOTIFY_SOCKET") !== undefined,
    open: async (context) => (await import("./services/systemd.ts")).openSystemd(context),
  },
  {
    name: "bootstrap of gRPC applications",
    onFailure: "fatal",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.grpcBootstrap !== undefined,
    open: async (context) => (await import("./services/grpc-bootstrap.ts")).openGrpcBootstrap(context),
  },
  {
    name: "status port",
    onFailure: "strict",
    lasts: "until-stop",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.status !== undefined,
    open: async (context) => (await import("./services/status-port.ts")).openStatusPort(context),
  },
  {
    name: "check of readiness without probes",
    onFailure: "warning",
    lasts: "until-stop",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.status !== undefined && agent.withoutEnvoy === undefined,
    open: async (context) => (await import("./services/unasked-readiness.ts")).openUnaskedReadiness(context),
  },
  {
    name: "SDS server",
    onFailure: "warning",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.mesh?.sds !== undefined,
    open: async (context) => (await import("./services/sds-service.ts")).openSdsService(context),
  },
  {
    name: "xDS proxy",
    onFailure: "warning",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.mesh?.xds !== undefined,
    open: async (context) => (await import("./services/xds-service.ts")).openXdsService(context),
  },
  {
    name: "watch of certificates and settings",
    onFailure: "warning",
    lasts: "until-stop",
    limit: AT_ONCE,
    wanted: ({ agent: { supervision } }) => supervision.watch.certificates.length + supervision.watch.configuration.length > 0,
    open: async (context) => (await import("./services/watch-for-changes.ts")).openChangeWatch(context),
  },
  {
    name: "check of xDS files",
    onFailure: "warning",
    lasts: "until-stop",
    limit: AT_ONCE,
    wanted: ({ agent }) => agent.services.xdsDirectory !== undefined,
    open: async (context) => (await import("./services/check-xds-files.ts")).openXdsFiles(context),
  },
  {
    name: "trimming of memory",
    onFailure: "warning",
    lasts: "until-end",
    limit: AT_ONCE,
    wanted: () => true,
    async open({ whenRoom, agent }) {
      const { AFTER_CONFIGURATION, AFTER_LIVE, openMemoryTrimmer } = await import("./services/trim-memory.ts");
      return openMemoryTrimmer(whenRoom, agent.services.mesh === undefined ? AFTER_LIVE : AFTER_CONFIGURATION);
    },
  },
];
