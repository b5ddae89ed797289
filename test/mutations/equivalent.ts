/** A generated change without an observable effect, and why; every other survivor needs a test. */
export interface Equivalent {
  readonly file: string;
  /** The changed lines, with folded white space. */
  readonly from: string;
  /** The changed text. */
  readonly to: string;
  readonly why: string;
}

/** A list whose order does not matter, and why. */
export interface Unordered {
  readonly file: string;
  /** The name of the list, or of the function that returns it. */
  readonly list: string;
  readonly why: string;
}

export const UNORDERED: readonly Unordered[] = [
  { file: "src/profiles/istio-1.30/parameters.ts", list: "flags", why: "members of a JSON object, each of another name" },
  {
    file: "src/settings/annotations.ts",
    list: "KNOWN",
    why: "each is looked up by name, and one of two that are equally near a misspelled one is as good a guess",
  },
  { file: "src/host/services.ts", list: "SERVICES", why: "no service uses another one, and all are open before the first event" },
  { file: "src/status/scrape-request.ts", list: "copied", why: "headers of different names have no order" },
  { file: "src/node/platform.ts", list: "GCE_PATHS", why: "all of them are requested from a metadata server at the same time" },
  { file: "src/launch/make-plan.ts", list: "questionsOf", why: "all questions are asked at the same time" },
  { file: "src/launch/make-plan.ts", list: "notices", why: "lines of the log of one moment, each complete by itself" },
];

const NEVER_ZERO = "the runtime opens closed standard streams at its start, so no other file has descriptor 0";

const TWO_VARIABLES = "each sets a variable that the other does not use";

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/http/receive-buffer.ts",
    from: 'const ends = ["\\n\\r\\n", "\\n\\n"].map((mark) => buffer.bytes.indexOf(mark, from)).filter((at) => at >= 0);',
    to: ">",
    why: "leading empty lines are skipped before, so no mark is at 0",
  },
  {
    file: "src/supervisor/stop.ts",
    from: 'return [{ ...state, stage: { ...stage, failures } }, [logLine("info", text), arm("count", rules.drain.interval)]];',
    to: 'arm("count", rules.drain.interval), logLine("info", text)',
    why: "a line of the log and a timer that is set in the same moment: neither knows of the other",
  },
  {
    file: "src/supervisor/hot-restart.ts",
    from: '[...commands, logLine("info", `Retrying in ${seconds(RETRY_DELAY)}`), arm("retry", RETRY_DELAY)],',
    to: 'arm("retry", RETRY_DELAY), logLine("info", `Retrying in ${seconds(RETRY_DELAY)}`)',
    why: "a line of the log and a timer that is set in the same moment: neither knows of the other",
  },
  {
    file: "src/status/caller-log.ts",
    from: "windowStart = time; seen = 0;",
    to: "seen = 0;\n      windowStart = time;",
    why: TWO_VARIABLES,
  },
  {
    file: "src/status/caller-log.ts",
    from: "seen = 0; omitted = 0;",
    to: "omitted = 0;\n      seen = 0;",
    why: TWO_VARIABLES,
  },
  {
    file: "src/profiles/istio-1.6/metadata.ts",
    from: 'typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(",")); typed.set("SDS", "true").set("TRUSTJWT", "true");',
    to: 'typed.set("SDS", "true").set("TRUSTJWT", "true");\n  typed.set("INSTANCE_IPS", uniqueAddresses({ addresses }).join(","));',
    why: "different keys of one record, whose order does not matter",
  },
  {
    file: "src/supervisor/stop.ts",
    from: 'requests: event.kind === "terminate" && event.signal !== "SIGTERM" ? [event.signal, "SIGTERM"] : ["SIGTERM"],',
    to: '"SIGTERM", event.signal',
    why: "the signals that may end an epoch are a set",
  },
  {
    file: "src/host/envoy/validate-envoy.ts",
    from: 'signal?.removeEventListener("abort", giveUp);',
    to: ";",
    why: "the listener would resolve a promise that nobody waits for any more; it goes with its signal",
  },
  {
    file: "src/host/envoy/validate-envoy.ts",
    from: 'signal?.removeEventListener("abort", giveUp);',
    to: '"abortx"',
    why: "the listener would resolve a promise that nobody waits for any more; it goes with its signal",
  },
  {
    file: "src/host/http/http2/check-health.ts",
    from: 'to.signal.removeEventListener("abort", cut);',
    to: ";",
    why: "the listener would cut a connection that is cut already; the signal ends with the probe",
  },
  {
    file: "src/host/http/byte-stream.ts",
    from: "const HIGH_WATER = 65_536;",
    to: "(65_536 + 1)",
    why: "the size at which a peer has to wait is a choice: no byte is lost or waited for by another one",
  },
  {
    file: "src/host/job/terminal.ts",
    from: "const O_CLOEXEC = 0o2000000;",
    to: "(0o2000000 + 1)",
    why: "the access mode is then that of a writer, which allows the ioctls of a terminal too, all that is asked of it",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "libc.posix_spawnattr_init(attributes);",
    to: ";",
    why: "glibc and musl only zero the structure, which is already zero; POSIX requires the call",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "const SETPGROUP = 0x02;",
    to: "(0x02 + 1)",
    why: "the flag beside it resets the effective ids to the real ones, which are the same",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "const SETSIGDEF = 0x04;",
    to: "(0x04 + 1)",
    why: "the flag beside it resets the effective ids to the real ones, which are the same",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "const pid = new Int32Array(1);",
    to: "(1 + 1)",
    why: "more room than a process id takes",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "const ATTRIBUTES = 512;",
    to: "(512 + 1)",
    why: "more room than a structure takes",
  },
  {
    file: "src/host/job/spawn-job.ts",
    from: "const ACTION = 32;",
    to: "(32 + 1)",
    why: "more room than a structure takes",
  },
  {
    file: "src/host/files/libc-files.ts",
    from: 'if (descriptor < 0) return lastErrno(libc) === ENOENT ? "missing" : undefined;',
    to: "<=",
    why: NEVER_ZERO,
  },
  {
    file: "src/host/files/libc-files.ts",
    from: "if (descriptor < 0) return undefined;",
    to: "<=",
    why: NEVER_ZERO,
  },
  {
    file: "src/host/files/libc-files.ts",
    from: "const O_CREAT = 0o100;",
    to: "(0o100 + 1)",
    why: "the flag beside it is that of a writer, which goes with it anyway",
  },
  {
    file: "src/host/supervisor/performers.ts",
    from: 'work.cause = { text, isFailure: level === "error" && command.exit.code === 0 }; work.context.log(level, text);',
    to: 'work.context.log(level, text);\n  work.cause = { text, isFailure: level === "error" && command.exit.code === 0 };',
    why: "a line of the log and what is kept for the end of the agent: neither knows of the other",
  },
  {
    file: "src/host/files/libc-files.ts",
    from: "const NO_MODE = 0;",
    to: "(0 + 1)",
    why: "the kernel looks at the mode of a file only when it makes one",
  },
  {
    file: "src/host/files/libc-files.ts",
    from: 'if (descriptor < 0) return lastErrno(libc) === ENOENT ? "missing" : undefined;',
    to: "(0 + 1)",
    why: NEVER_ZERO,
  },
  {
    file: "src/host/files/libc-files.ts",
    from: "if (descriptor < 0) return undefined;",
    to: "(0 + 1)",
    why: NEVER_ZERO,
  },
  {
    file: "src/host/files/libc-files.ts",
    from: "return errno === ENOENT && above > 0 && tryMakeDirectory(path.slice(0, above), mode) && libc.mkdir(path, mode) === 0;",
    to: ">=",
    why: "the root directory is there, so that none below it fails for the lack of it",
  },
  {
    file: "src/supervisor/exited.ts",
    from: 'return [logLine("info", `Epoch ${number} exited normally`), ...hints, cleanUp];',
    to: "cleanUp, ...hints",
    why: "a line of the log and the removal of files: neither knows of the other",
  },
  {
    file: "src/supervisor/hot-restart.ts",
    from: '{ kind: "notify", state: "RELOADING" }, { kind: "prepare", epoch: next, plan: state.plan + 1, force: trigger !== "configuration" },',
    to: '{ kind: "prepare", epoch: next, plan: state.plan + 1, force: trigger !== "configuration" },\n      { kind: "notify", state: "RELOADING" }',
    why: "the preparation only begins, and the message to systemd is sent, in the same moment",
  },
  {
    file: "src/host/status/logged-readiness.ts",
    from: "startupSeconds = performance.now() / 1_000; ready();",
    to: "ready();\n        startupSeconds = performance.now() / 1_000;",
    why: "the supervisor hears of it as an event, after both",
  },
  {
    file: "src/host/supervisor/epochs.ts",
    from: "const kept = new Set([...running.values(), ...prepared.values()].flatMap(({ temporary }) => temporary));",
    to: "...prepared.values(), ...running.values()",
    why: "the members of a set that is only searched",
  },
  {
    file: "src/host/linux/libc.ts",
    from: "return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1_000n;",
    to: "(0n + 1n)",
    why: "the array has both members",
  },
  {
    file: "src/host/services/notify-systemd.ts",
    from: "const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);",
    to: "(0 + 1)",
    why: "the kernel takes 1, the family's own number, for 0",
  },
];
