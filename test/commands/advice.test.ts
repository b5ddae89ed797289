import { expect, test } from "bun:test";
import type { Host } from "../../src/commands/host.ts";
import { run } from "../../src/commands/run.ts";
import { ConfigError } from "../../src/common/errors.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

const ADVICE = "Ignoring variable ATTACHE_XSD; did you mean ATTACHE_XDS?";
const SOUND = { POD_NAME: "a", POD_NAMESPACE: "b", PROXY_CONFIG: '{"discoveryAddress": "a:15010"}' };

/** Returns the warnings and errors of a command with a misspelled variable, and the start of Envoy, in order. */
async function courseOf(args: readonly string[], env: Readonly<Record<string, string>>, fails: (host: Host) => Partial<Host>) {
  const files = { "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };
  const whole = { ...SOUND, ATTACHE_XSD: "file:x", ...env };
  const { host } = fakeHost({ name: "", profile: "istio-1.30", args: [], env: whole, files, expect: { launched: true, exit: 0 } });
  const course: string[] = [];
  const openEnvoys = () => {
    const envoys = host.openEnvoys();
    const start: typeof envoys.start = (epoch) => {
      course.push("Envoy");
      return envoys.start(epoch);
    };
    return { ...envoys, start };
  };
  const openLog: Host["openLog"] = () => (level, text) => void ((level === "warn" || level === "error") && course.push(text));
  const watched = { ...host, openEnvoys, openLog };
  await run([...args, "--profile", "istio-1.30"], "attache", { ...watched, ...fails(watched) });
  return course;
}

test.each<[string, readonly string[], Readonly<Record<string, string>>, readonly string[], ((host: Host) => Partial<Host>)?]>([
  ["a start, which does not wait for that", ["proxy"], {}, ["Envoy", ADVICE]],
  ["render", ["render"], {}, [ADVICE]],
  ["settings that are refused", ["proxy"], { PROXY_CONFIG: "concurrency: x" }, [ADVICE, "Cannot use proxy config"]],
  ["a rule that is broken", ["render"], { PROXY_CONFIG: "drainDuration: 1ms" }, [ADVICE, "Cannot use proxy config"]],
  ["--exec where the agent has to stay", ["proxy", "--exec"], {}, [ADVICE, "Cannot use --exec"]],
  ["--exec without Envoy", ["proxy", "--exec", "--xds=file:."], { DISABLE_ENVOY: "true" }, [ADVICE, "Cannot use --exec"]],
  ["files that cannot be written", ["proxy"], {}, [ADVICE, "Cannot write: full"], unwritable],
  ["an Envoy that cannot be started", ["proxy"], {}, [ADVICE, "no Envoy"], unstartable],
])("a misspelled variable is reported: %s", async (_, args, env, expected, fails = () => ({})) => {
  expect(await courseOf(args, env, fails)).toEqual(expected.map((text) => expect.stringContaining(text)));
});

function unwritable(): Partial<Host> {
  return {
    writeFiles: () => {
      throw new ConfigError("Cannot write", ["full"]);
    },
  };
}

function unstartable(host: Host): Partial<Host> {
  return { openEnvoys: () => ({ ...host.openEnvoys(), start: () => ({ problem: "no Envoy", status: 127 }) }) };
}
