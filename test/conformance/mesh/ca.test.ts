import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { CREATE_CERTIFICATE, decodeChain } from "../../../src/mesh/ca-messages.ts";
import { fakeClocks } from "../../host/mesh/fake-clocks.ts";
import { caPlan, outcome, storeOf, type TestStore } from "../../host/mesh/store-of.ts";
import { createAuthority } from "../../mesh/lab/authority.ts";
import { type Answer, type ScriptedAuthority, startScriptedAuthority, withRoot } from "../../mesh/lab/scripted-authority.ts";
import { eventually } from "../../support/eventually.ts";
import { messageOf, type RecordedEvent, transcript, transcriptNames } from "./transcripts.ts";

/** A recorded call: on which connection, what it carried, and what it got. */
interface RecordedCall {
  readonly connection: number;
  readonly retry: string | undefined;
  readonly answer: Answer;
}

const authority = await createAuthority();

/** The calls of the CA in a recording, in order. */
function recordedCalls(name: string): readonly RecordedCall[] {
  const { events } = transcript(name);
  const starts = events.filter(({ kind, metadata }) => kind === "headers" && metadata?.[":path"] === CREATE_CERTIFICATE);
  return starts.map((start) => {
    const later = events.filter(({ conn, stream, channel }) => conn === start.conn && stream === start.stream && channel !== start.channel);
    const request = events.find((event) => isMessage(event, start) && event.channel === start.channel);
    return {
      connection: start.conn ?? 0,
      retry: start.metadata?.["x-retry-attempt"],
      answer: answerOf(later, String(request?.decoded?.["csr"])),
    };
  });
}

function isMessage(event: RecordedEvent, start: RecordedEvent): boolean {
  return event.kind === "message" && event.conn === start.conn && event.stream === start.stream;
}

/** A recorded certificate is for a recorded key: one is signed instead. What is no good answer is given as it was. */
function answerOf(events: readonly RecordedEvent[], csr: string): Answer {
  const message = events.find(({ kind }) => kind === "message");
  const end = events.find(({ kind }) => kind === "end");
  if (message === undefined)
    return { kind: "status", code: Number(end?.metadata?.["grpc-status"]), message: end?.metadata?.["grpc-message"] ?? "" };
  const bytes = messageOf(message);
  return isSigned(bytes, csr) ? { kind: "sign" } : { kind: "bytes", bytes };
}

function isSigned(bytes: Buffer, csr: string): boolean {
  try {
    const chain = decodeChain([bytes]);
    const key = new X509Certificate(chain[0] ?? "").publicKey.export({ type: "spki", format: "der" });
    const request = Buffer.from(csr.replace(/-----.*-----/g, ""), "base64");
    return chain.length > 1 && request.includes(key);
  } catch {
    return false;
  }
}

/** Numbers connections by their order. */
function numbered<T>(connections: readonly T[]): readonly number[] {
  const all = [...new Set(connections)];
  return connections.map((each) => all.indexOf(each));
}

function patternOf({ calls }: ScriptedAuthority): unknown {
  return {
    connections: numbered(calls.map(({ peer }) => peer)),
    retries: calls.map(({ metadata }) => metadata["x-retry-attempt"]),
  };
}

/** Runs a store with warm-up until it has a certificate. */
async function warm(answers: readonly Answer[], check: (ca: ScriptedAuthority, made: TestStore) => void | Promise<void>): Promise<void> {
  await using ca = await startScriptedAuthority(authority, [...answers, { kind: "sign" }]);
  using made = storeOf(caPlan(ca.port), { warmUp: true });
  await eventually(() => (made.log.some((line) => line.startsWith("info Received")) ? true : undefined), 40_000);
  await check(ca, made);
}

const FIRST_CALL = transcriptNames("ca").filter((name) => /\/(answer|code)_/.test(name));
/** A difference: a certificate of another key is refused, where the real agent serves it. */
const OTHER_KEY = "ca/answer_other_key";

describe("a bad first answer of the CA leads to the same calls", () => {
  test.concurrent.each(FIRST_CALL.filter((name) => name !== OTHER_KEY))("%s", async (name) => {
    const recorded = recordedCalls(name);
    expect(recorded.map(({ answer }) => answer.kind)).toEqual([expect.stringMatching(/status|bytes/), "sign"]);
    await warm(
      recorded.map(({ answer }) => answer),
      async (ca, made) => {
        expect(patternOf(ca)).toEqual({
          connections: numbered(recorded.map(({ connection }) => connection)),
          retries: recorded.map(({ retry }) => retry),
        });
        expect((await made.store.get("default")).kind).toBe("certificate");
      },
    );
  });

  test.concurrent(OTHER_KEY, async () => {
    const recorded = recordedCalls(OTHER_KEY);
    expect(recorded.map(({ answer }) => answer.kind)).toEqual(["bytes"]);
    await warm(
      recorded.map(({ answer }) => answer),
      (ca, made) => {
        expect(patternOf(ca)).toEqual({ connections: [0, 0], retries: [undefined, undefined] });
        expect(made.log[0]).toBe(
          `warn Cannot get a certificate, trying again: CA "127.0.0.1:${ca.port}": the issued certificate does not belong to the key of the request`,
        );
      },
    );
  });
});

/** Whole runs in which the CA denied requests, was not there, or had no such service. */
const FAILING = ["bad_token", "ca_denied_twice", "ca_unavailable_seven", "ca_unavailable_twice", "gateway_plain_delta", "no_token"];

describe("a CA that fails while agent and Envoy run leads to the same calls", () => {
  test.concurrent.each(FAILING.map((name) => `whole/${name}`))(
    "%s",
    async (name) => {
      const recorded = recordedCalls(name);
      const answers = recorded.map(({ answer }) => answer);
      expect(answers.length).toBeGreaterThan(2);
      await warm(answers, (ca) => {
        const calls = ca.calls.slice(0, recorded.length);
        expect(patternOf({ ...ca, calls })).toEqual({
          connections: numbered(recorded.map(({ connection }) => connection)),
          retries: recorded.map(({ retry }) => retry),
        });
      });
      // The waits between attempts are random: those of five come to 5 s.
    },
    60_000,
  );

  test.concurrent("whole/rotation: later requests go over the same connection", async () => {
    const recorded = recordedCalls("whole/rotation");
    expect(numbered(recorded.map(({ connection }) => connection))).toEqual([0, 0, 0]);
    await using ca = await startScriptedAuthority(authority, Array(3).fill({ kind: "sign", seconds: 3_600 }));
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), { warmUp: true }, { socket: "/nowhere", clocks });
    await made.store.get("default");
    // A little more than half of the time that is left of the certificate.
    for (const seconds of [1_900, 900]) {
      clocks.pass(seconds * 1_000);
      await made.store.get("default");
    }
    expect(made.changes).toEqual(["ROOTCA", "default", "default"]);
    expect(patternOf(ca)).toEqual({ connections: [0, 0, 0], retries: [undefined, undefined, undefined] });
  });
});

describe("a CA that does not work for a while", () => {
  test.concurrent("ca/rotation_fails", async () => {
    const recorded = recordedCalls("ca/rotation_fails");
    const [first, ...rest] = recorded.map(({ answer }) => answer);
    expect([first?.kind, rest.length]).toEqual(["sign", 13]);
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign", seconds: 3_600 }, ...rest]);
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
    await made.store.get("default");
    clocks.pass(1_900_000);
    expect(made.changes).toEqual(["ROOTCA", "default"]);
    const cause = "failed to generate workload certificate: create certificate: rpc error: code = Unavailable desc = not now";
    expect(await outcome(made.store.get("default"))).toBe(cause);
    expect(await outcome(made.store.get("default"))).toBe(cause);
    expect((await made.store.get("default")).kind).toBe("certificate");
    expect(patternOf(ca)).toEqual({
      connections: numbered(recorded.map(({ connection }) => connection)),
      retries: recorded.map(({ retry }) => retry),
    });
    expect(made.log.filter((line) => line.startsWith("warn"))).toHaveLength(1);
    expect(made.counts).toMatchObject({ outgoingRequests: 4, failedOutgoingRequests: 2, outgoingRetries: 4 + 4 + 2 });
    // Each retry sends the same request, each request to the CA has a new key.
    expect(numbered(ca.calls.map(({ csr }) => csr))).toEqual([0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3]);
  });

  test.concurrent("ca/slow", async () => {
    expect(recordedCalls("ca/slow")).toHaveLength(1);
    await using ca = await startScriptedAuthority(authority, [{ kind: "hold" }]);
    using made = storeOf(caPlan(ca.port), { warmUp: true });
    const secrets = Promise.all([made.store.get("default"), made.store.get("ROOTCA")]);
    await eventually(() => ca.calls[0]);
    ca.release();
    expect((await secrets).map(({ kind }) => kind)).toEqual(["certificate", "validation"]);
    expect(ca.calls).toHaveLength(1);
  });

  test.concurrent("ca/root_change", async () => {
    const other = await createAuthority("other");
    await using ca = await startScriptedAuthority(authority, [
      { kind: "sign", seconds: 3_600 },
      { kind: "sign", edit: withRoot(other.root) },
    ]);
    const clocks = fakeClocks();
    using made = storeOf(caPlan(ca.port), {}, { socket: "/nowhere", clocks });
    const served = await Promise.all([made.store.get("default"), made.store.get("ROOTCA")]);
    expect(served).toHaveLength(2);
    clocks.pass(1_900_000);
    expect(made.changes).toEqual(["ROOTCA", "default"]);
    await made.store.get("default");
    expect(made.changes).toEqual(["ROOTCA", "default", "ROOTCA"]);
    expect(patternOf(ca)).toEqual({
      connections: numbered(
        recordedCalls("ca/root_change")
          .slice(0, 2)
          .map(({ connection }) => connection),
      ),
      retries: [undefined, undefined],
    });
  });
});

describe("what a call carries", () => {
  test("sds/ca_request_fields", async () => {
    const { events } = transcript("sds/ca_request_fields");
    const metadata = events.find((event) => event.kind === "headers" && event.metadata?.[":path"] === CREATE_CERTIFICATE)?.metadata ?? {};
    await using ca = await startScriptedAuthority(authority, [{ kind: "sign" }]);
    const headers = [
      ["clusterid", "Kubernetes"],
      ["x_lab", "value"],
    ] as const;
    using made = storeOf(caPlan(ca.port, { headers, lifetime: 7_200, certSigner: "signer" }));
    await made.store.get("default");
    const [call] = ca.calls;
    expect(call?.lifetime).toBe(7_200);
    const { authorization, clusterid, x_lab } = call?.metadata ?? {};
    expect({ clusterid, x_lab }).toEqual({ clusterid: metadata["clusterid"], x_lab: metadata["x_lab"] });
    expect(authorization).toBe("Bearer test_token");
    const own = Object.keys(call?.metadata ?? {}).filter((name) => !name.startsWith(":") && name !== "user-agent");
    const real = Object.keys(metadata).filter((name) => !name.startsWith(":") && !["user-agent", "te", "content-type"].includes(name));
    expect(own.filter((name) => !["te", "content-type"].includes(name)).sort()).toEqual(real.sort());
  });
});
