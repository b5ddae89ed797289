import { afterEach, expect, test } from "bun:test";
import { loggedReadiness, type ReadinessHooks } from "../../../src/host/status/logged-readiness.ts";
import { planOf } from "../../status/plan.ts";
import { eventually } from "../../support/eventually.ts";
import { freePort, scripted, stopAll } from "./status-port.ts";

afterEach(stopAll);

const READY =
  "cluster_manager.cds.update_success: 1\nlistener_manager.lds.update_success: 1\nserver.state: 0\nlistener_manager.workers_started: 1\n";
const STARTING = READY.replace("server.state: 0", "server.state: 2");

const HOOKS: ReadinessHooks = {
  ready: () => {},
  log: () => {},
  isAdminTakenOver: () => false,
  reasons: () => [],
  likelyCauses: () => [],
  unopened: () => [],
  isEnvoyRunning: () => true,
  hasNameTable: () => false,
};

/** A moment of a proxy: whether a new epoch has the admin interface, and its response. */
interface Moment {
  readonly takenOver: boolean;
  /** Whether this has changed when the response arrives. */
  readonly changes?: boolean;
  readonly page: string;
}

const SERVES: Moment = { takenOver: false, page: READY };
const STARTS: Moment = { takenOver: false, page: STARTING };
const TAKEN: Moment = { takenOver: true, page: STARTING };
const BECOMES_TAKEN: Moment = { takenOver: false, changes: true, page: STARTING };
const HANDED_OVER: Moment = { takenOver: true, changes: true, page: STARTING };

/** Returns the results of checks at some moments, and how often a readiness change was logged. */
async function checked(moments: readonly Moment[]) {
  let isTakenOver = false;
  let moment = SERVES;
  const port = scripted(() => {
    if (moment.changes === true) isTakenOver = !isTakenOver;
    return new Response(moment.page);
  });
  const said: string[] = [];
  // Envoy's state is not remembered, so each check sends a request.
  const readiness = { ...planOf({}).readiness, remembersState: false };
  const { check } = loggedReadiness(
    { admin: { host: "127.0.0.1", port }, readiness },
    {
      ...HOOKS,
      log: (_, text) => void said.push(text.includes("NOT ready") ? "not ready" : "ready"),
      isAdminTakenOver: () => isTakenOver,
    },
  );
  const results: boolean[] = [];
  for (const each of moments) {
    moment = each;
    isTakenOver = each.takenOver;
    results.push(await check());
  }
  return { results, said };
}

// While a new epoch starts, it has the admin interface and the old one serves (RATIONALE).
test.each<[string, readonly Moment[], readonly boolean[], readonly string[]]>([
  ["that serves is ready", [SERVES], [true], ["ready"]],
  ["that no longer is live is not ready", [SERVES, STARTS], [true, false], ["ready", "not ready"]],
  ["whose next epoch starts stays ready", [SERVES, TAKEN, TAKEN], [true, true, true], ["ready"]],
  ["whose next epoch takes over during the check stays ready", [SERVES, BECOMES_TAKEN], [true, true], ["ready"]],
  ["whose next epoch has taken over by the end of the check stays ready", [SERVES, HANDED_OVER], [true, true], ["ready"]],
  ["whose next epoch was given up and that is not live is not ready", [SERVES, TAKEN, STARTS], [true, true, false], ["ready", "not ready"]],
  ["that never was ready is not when its next epoch starts", [STARTS, TAKEN], [false, false], ["not ready"]],
  ["that was not ready before its next epoch starts is not", [SERVES, STARTS, TAKEN], [true, false, false], ["ready", "not ready"]],
])("a proxy %s", async (_, moments, results, said) => {
  const seen = await checked(moments);
  expect(seen.results).toEqual([...results]);
  expect(seen.said).toEqual([...said]);
});

test("whether anyone but the agent itself has asked is known", async () => {
  const port = scripted(() => new Response(STARTING));
  const readiness = loggedReadiness({ admin: { host: "127.0.0.1", port }, readiness: planOf({}).readiness }, HOOKS);
  await readiness.check(true);
  expect(readiness.wasAsked()).toBe(false);
  await readiness.check();
  expect(readiness.wasAsked()).toBe(true);
});

test.each<[boolean, string]>([
  [false, "is closed: Envoy is not up yet, or it has exited; "],
  [true, "is closed: Envoy is running, but has not opened it yet; "],
])("a closed admin interface means something else while Envoy runs: %s", async (isRunning, reason) => {
  const port = freePort();
  const said: string[] = [];
  const readiness = loggedReadiness(
    { admin: { host: "127.0.0.1", port }, readiness: planOf({}).readiness },
    { ...HOOKS, isEnvoyRunning: () => isRunning, log: (_level, text) => void said.push(text) },
  );
  await readiness.check();
  await eventually(() => said[0]);
  expect(said).toEqual([expect.stringContaining(`Envoy proxy is NOT ready: Envoy's admin interface 127.0.0.1:${port} ${reason}`)]);
});

// Recorded: ready-state-slow, without a certificate.
test.each<[string, string, Partial<Pick<ReadinessHooks, "reasons" | "likelyCauses" | "unopened">>, boolean, RegExp]>([
  [
    "a ready Envoy without a service of the agent is reported with that",
    READY,
    { unopened: () => ["status port"] },
    true,
    /is ready; \d+\.\d s since start; the status port could not be opened$/,
  ],
  ["a likely cause leaves a ready Envoy ready", READY, { likelyCauses: () => ["no certificate"] }, true, /is ready/],
  ["a likely cause is added to what Envoy lacks", STARTING, { likelyCauses: () => ["no certificate"] }, false, /; no certificate; /],
  [
    "a reason makes a ready Envoy not ready, without likely causes",
    READY,
    { reasons: () => ["no answer yet"], likelyCauses: () => ["no certificate"] },
    false,
    /NOT ready: no answer yet; \d+ s/,
  ],
])("%s", async (_, page, hooks, isReady, line) => {
  const port = scripted(() => new Response(page));
  const said: string[] = [];
  const readiness = loggedReadiness(
    { admin: { host: "127.0.0.1", port }, readiness: planOf({}).readiness },
    { ...HOOKS, log: (_level, text) => void said.push(text), ...hooks },
  );
  expect(await readiness.check()).toBe(isReady);
  await eventually(() => said[0]);
  expect(said).toEqual([expect.stringMatching(line)]);
});
