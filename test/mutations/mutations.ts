/** One small change of the program that must not go unseen. */
export interface Mutation {
  /** What the program would do then. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The test file that has to fail. */
  readonly caughtBy: string;
}

/** Made by hand, each of another kind: a comparison, a default, an order, a time limit, a missing await. Those marked were not caught at first. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "no margin before the end of the grace period",
    file: "src/supervisor/budget.ts",
    from: "export const MARGIN = 500;",
    to: "export const MARGIN = 0;",
    caughtBy: "test/supervisor/budget.test.ts",
  },
  {
    name: "six failed counts end a drain instead of five (not caught at first)",
    file: "src/supervisor/stop.ts",
    from: "const COUNT_FAILURES = 5;",
    to: "const COUNT_FAILURES = 6;",
    caughtBy: "test/supervisor/course.test.ts",
  },
  {
    name: "a retiring epoch has no slack",
    file: "src/supervisor/hand-over.ts",
    from: "const RETIRE_SLACK = 15_000;",
    to: "const RETIRE_SLACK = 0;",
    caughtBy: "test/supervisor/step.test.ts",
  },
  {
    name: "the older of two epochs is never told to stop (not caught at first)",
    file: "src/supervisor/ended.ts",
    from: ': signalled(state, next.number, "SIGTERM");',
    to: ": [state, []];",
    caughtBy: "test/supervisor/step.test.ts",
  },
  {
    name: "one crash more before the agent gives up (not caught at first)",
    file: "src/supervisor/ended.ts",
    from: "state.crashes >= CRASHES",
    to: "state.crashes > CRASHES",
    caughtBy: "test/supervisor/course.test.ts",
  },
  {
    name: "systemd hears nothing of a live epoch (not caught at first)",
    file: "src/supervisor/hand-over.ts",
    from: 'say("info", `Epoch ${number} is live`), { kind: "notify", state: "READY" }',
    to: 'say("info", `Epoch ${number} is live`)',
    caughtBy: "test/supervisor/course.test.ts",
  },
  {
    name: "a signal counts 127 + n",
    file: "src/envoy/exit-status.ts",
    from: "return 128 + (",
    to: "return 127 + (",
    caughtBy: "test/scenarios/exit-status.test.ts",
  },
  {
    name: "an empty time is no time instead of the default (not caught at first)",
    file: "src/cli/switches.ts",
    from: 'values.string(name) || (SWITCHES.find((flag) => flag.name === name)?.default ?? "")',
    to: "values.string(name)",
    caughtBy: "test/cli/tables.test.ts",
  },
  {
    name: "/quitquitquit is told on before its answer is sent (not caught at first)",
    file: "src/host/status/http-server.ts",
    from: "    await send(stream, head, reply, closes);\n    connection.isIdle = true;\n    reply.sent?.();",
    to: "    reply.sent?.();\n    await send(stream, head, reply, closes);\n    connection.isIdle = true;",
    caughtBy: "test/host/status-server.test.ts",
  },
  {
    name: "a log that nobody takes ends the agent",
    file: "src/host/log.ts",
    from: 'return target === "stdout" || target === "stderr" ? undefined : reasonOf(error);',
    to: "throw error;",
    caughtBy: "test/scenarios/launch.test.ts",
  },
  {
    name: "routes that are down count (not caught at first)",
    file: "src/node/routes.ts",
    from: "if (isUp && (",
    to: "if ((",
    caughtBy: "test/node/routes.test.ts",
  },
  {
    name: "addresses come in the C library's order",
    file: "src/host/read-interfaces.ts",
    from: "found.sort((a, b) => a.index - b.index)",
    to: "found",
    caughtBy: "test/host/read-inputs.test.ts",
  },
  {
    name: "addresses of a device that is down count",
    file: "src/host/read-interfaces.ts",
    from: " || (flags & IFF_UP) === 0",
    to: "",
    caughtBy: "test/host/read-inputs.test.ts",
  },
  {
    name: "half a file stays when it could not be written",
    file: "src/host/quick-files.ts",
    from: "  libc.unlink(temporary);\n",
    to: "",
    caughtBy: "test/host/quick-files.test.ts",
  },
  {
    name: "MINIMUM_DRAIN_DURATION counts always",
    file: "src/profiles/istio-1.30/lifecycle.ts",
    from: 'untilNone ? env.MINIMUM_DRAIN_DURATION : (durationOf(config, "terminationDrainDuration") ?? 0n)',
    to: "env.MINIMUM_DRAIN_DURATION",
    caughtBy: "test/launch/supervision.test.ts",
  },
  {
    name: "workers that have not started are ready",
    file: "src/status/readiness.ts",
    from: "return workers.value === 1 ?",
    to: "return workers.value >= 0 ?",
    caughtBy: "test/status/readiness.test.ts",
  },
  {
    name: "a length beside chunks is taken",
    file: "src/status/framing.ts",
    from: "lengths.length > 0 || minor === 0 ?",
    to: "minor === 0 ?",
    caughtBy: "test/status/messages.test.ts",
  },
  {
    name: "base-ids go up to 2^31",
    file: "src/envoy/base-id.ts",
    from: "const GREATEST = 214_748_364;",
    to: "const GREATEST = 2_147_483_647;",
    caughtBy: "test/envoy/base-id.test.ts",
  },
  {
    name: "Envoy gets SIGTERM when its agent is gone",
    file: "src/host/care/tie-envoy.ts",
    from: 'signalNumber("SIGKILL")',
    to: 'signalNumber("SIGTERM")',
    caughtBy: "test/host/tie-envoy.test.ts",
  },
  {
    name: "tokens are not masked",
    file: "src/secrets/mask.ts",
    from: '"token",',
    to: '"tokens",',
    caughtBy: "test/secrets/mask.test.ts",
  },
  {
    name: "8192 bytes of termination message",
    file: "src/host/care/termination-message.ts",
    from: "const LONGEST = 4_096;",
    to: "const LONGEST = 8_192;",
    caughtBy: "test/host/termination-message.test.ts",
  },
  {
    name: "each change puts off the look at the files (not caught at first)",
    file: "src/host/care/watch-files.ts",
    from: "    timer ??= setTimeout(() => {",
    to: "    clearTimeout(timer);\n    timer = setTimeout(() => {",
    caughtBy: "test/host/watch-files.test.ts",
  },
  {
    name: "links of shared memory are followed",
    file: "src/host/care/shared-memory.ts",
    from: "constants.O_RDWR | constants.O_NOFOLLOW",
    to: "constants.O_RDWR",
    caughtBy: "test/envoy/hot-restart.test.ts",
  },
  {
    name: "a page that breaks off ends as if it were whole",
    file: "src/host/status/metrics-page.ts",
    from: "if (passed > 0 || plan.metrics.allOrNothing) throw error;",
    to: "if (plan.metrics.allOrNothing) throw error;",
    caughtBy: "test/host/status-server.test.ts",
  },
  {
    name: "null empties a field",
    file: "src/settings/decode.ts",
    from: "key === undefined || document[key] === null) continue;",
    to: "key === undefined) continue;",
    caughtBy: "test/settings/decode.test.ts",
  },
  {
    name: "of a variable that stands twice the last counts",
    file: "src/inputs/environment.ts",
    from: "    if (byName.has(pair[0])) continue;\n",
    to: "",
    caughtBy: "test/inputs/texts.test.ts",
  },
  {
    name: "files are removed while the question why Envoy ended is asked",
    file: "src/host/care/epochs.ts",
    from: "      await explaining.get(epoch);\n",
    to: "",
    caughtBy: "test/envoy/fault-causes.test.ts",
  },
  {
    name: "plain YAML is read whatever its indent",
    file: "src/go/plain-yaml.ts",
    from: "return level?.indent === indent && (level.items",
    to: "return level !== undefined && (level.items",
    caughtBy: "test/go/plain-yaml.test.ts",
  },
  {
    name: "a redirect tells cookies to every host",
    file: "src/status/probe-request.ts",
    from: "host === domain ||",
    to: "host !== domain ||",
    caughtBy: "test/status/probers.test.ts",
  },
];
