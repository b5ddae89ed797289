import { describe, expect, test } from "bun:test";
import {
  type Caller,
  NO_CERTIFICATE,
  stepWorkload,
  type WorkloadCertificate,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadState,
} from "../../src/mesh/workload-step.ts";

const certificate = (root: string): WorkloadCertificate => ({ chain: `leaf,${root}`, key: "key", root, rotateAt: 1_000 });
const [ONE, TWO] = [certificate("one"), certificate("two")];
const asks = (id: number, name = "default"): WorkloadEvent => ({ kind: "requested", caller: { id, name } });
const asksForRoot = (id: number) => asks(id, "ROOTCA");
const issued = (which: WorkloadCertificate): WorkloadEvent => ({ kind: "issued", certificate: which });
const fails = (problem: string): WorkloadEvent => ({ kind: "failed", cause: `cause: ${problem}`, problem });
const due = (serial: number): WorkloadEvent => ({ kind: "due", serial });
const fileRoot = (root: string): WorkloadEvent => ({ kind: "fileRoot", root });
const bundle = (...roots: readonly string[]): WorkloadEvent => ({ kind: "bundle", roots });

function idsOf(callers: readonly Caller[]): string {
  return callers.map(({ id }) => id).join(" ");
}

/** Returns a command in short. */
function shortly(command: WorkloadCommand): string {
  switch (command.kind) {
    case "sign":
      return "sign";
    case "give":
      return `give ${command.certificate.root} to ${idsOf(command.callers)}`;
    case "refuse":
      return `refuse ${idsOf(command.callers)}: ${command.cause}`;
    case "rotate":
      return `rotate ${command.serial} at ${command.at}`;
    case "changed":
      return `changed ${command.name}`;
    case "report":
      return `report ${command.problem}`;
  }
}

/** Runs events, and returns the commands of each. */
function run(events: readonly WorkloadEvent[]): { readonly state: WorkloadState; readonly commands: readonly string[] } {
  let state = NO_CERTIFICATE;
  const commands: string[] = [];
  for (const event of events) {
    const [next, found] = stepWorkload(state, event);
    state = next;
    commands.push(found.map(shortly).join("; "));
  }
  return { state, commands };
}

describe("stepWorkload", () => {
  test.each<[name: string, events: readonly WorkloadEvent[], commands: readonly string[]]>([
    ["one request for all who ask (recorded: ca/slow)", [asks(1), asks(2), asks(3)], ["sign", "", ""]],
    [
      "its certificate is given to all of them, and to later ones",
      [asks(1), asks(2), issued(ONE), asks(3)],
      ["sign", "", "give one to 1 2; rotate 1 at 1000; changed ROOTCA", "give one to 3"],
    ],
    [
      "who came later makes another request, one after the other (recorded: whole/ca_denied_twice)",
      [asks(1), asks(2), asks(3), fails("x"), asks(4), fails("x"), issued(ONE)],
      [
        "sign",
        "",
        "",
        "report x; refuse 1: cause: x; sign",
        "",
        "refuse 2: cause: x; sign",
        "give one to 3 4; rotate 1 at 1000; changed ROOTCA",
      ],
    ],
    ["a failure is not tried again by itself", [asks(1), fails("x"), asks(2)], ["sign", "report x; refuse 1: cause: x", "sign"]],
    [
      "each reason is reported once until there is a certificate",
      [
        asks(1),
        fails("x"),
        asks(2),
        fails("x"),
        asks(3),
        fails("y"),
        asks(4),
        fails("x"),
        asks(4),
        issued(ONE),
        due(1),
        asks(5),
        fails("y"),
      ],
      [
        "sign",
        "report x; refuse 1: cause: x",
        "sign",
        "refuse 2: cause: x",
        "sign",
        "report y; refuse 3: cause: y",
        "sign",
        "refuse 4: cause: x",
        "sign",
        "give one to 4; rotate 1 at 1000; changed ROOTCA",
        "changed default",
        "sign",
        "report y; refuse 5: cause: y",
      ],
    ],
    [
      "the same reason with another time is not reported again",
      [asks(1), fails("expired at 2026-11-29T10:00:00Z"), asks(2), fails("expired at 2026-11-29T10:00:05Z")],
      [
        "sign",
        "report expired at 2026-11-29T10:00:00Z; refuse 1: cause: expired at 2026-11-29T10:00:00Z",
        "sign",
        "refuse 2: cause: expired at 2026-11-29T10:00:05Z",
      ],
    ],
    [
      "rotation makes a new one only for who asks (recorded: sds/rotation_without_subscribers)",
      [asks(1), issued(ONE), due(1), asks(2), issued(ONE)],
      ["sign", "give one to 1; rotate 1 at 1000; changed ROOTCA", "changed default", "sign", "give one to 2; rotate 2 at 1000"],
    ],
    [
      "the rotation of an earlier certificate is nothing",
      [asks(1), issued(ONE), due(0), due(2)],
      ["sign", "give one to 1; rotate 1 at 1000; changed ROOTCA", "", ""],
    ],
    [
      "a rotation after the trust bundle has dropped the certificate is nothing",
      [asks(1), issued(ONE), bundle("a"), due(1)],
      ["sign", "give one to 1; rotate 1 at 1000; changed ROOTCA", "changed ROOTCA; changed default", ""],
    ],
    [
      "another root is sent (recorded: ca/root_change), as is the first (recorded: ca/slow); the same is not",
      [asks(1), issued(ONE), due(1), asks(2), issued(TWO), due(2), asks(3), issued(TWO)],
      [
        "sign",
        "give one to 1; rotate 1 at 1000; changed ROOTCA",
        "changed default",
        "sign",
        "give two to 2; rotate 2 at 1000; changed ROOTCA",
        "changed default",
        "sign",
        "give two to 3; rotate 3 at 1000",
      ],
    ],
    [
      "the root is not sent if it was all that was requested (recorded: whole/ca_refused), but when it comes with the next certificate",
      [
        asksForRoot(1),
        asks(2),
        issued(ONE),
        due(1),
        asks(3),
        issued(ONE),
        due(2),
        asksForRoot(4),
        issued(TWO),
        due(3),
        asks(5),
        issued(TWO),
      ],
      [
        "sign",
        "",
        "give one to 1 2; rotate 1 at 1000",
        "changed default",
        "sign",
        "give one to 3; rotate 2 at 1000; changed ROOTCA",
        "changed default",
        "sign",
        "give two to 4; rotate 3 at 1000",
        "changed default",
        "sign",
        "give two to 5; rotate 4 at 1000; changed ROOTCA",
      ],
    ],
    [
      "a trust bundle sends the roots and a new certificate (recorded: whole/pcds); the same one nothing",
      [asks(1), issued(ONE), bundle("a", "b"), bundle("a", "b"), asks(2), bundle("a"), bundle()],
      [
        "sign",
        "give one to 1; rotate 1 at 1000; changed ROOTCA",
        "changed ROOTCA; changed default",
        "",
        "sign",
        "changed ROOTCA; changed default",
        "changed ROOTCA; changed default",
      ],
    ],
    [
      "a trust bundle that is only split differently is the same one",
      [bundle("a\n", "b\n"), bundle("a\nb\n"), bundle("a", "b\n"), bundle("a", "", "b\n"), bundle("ab\n"), bundle("b\n", "a\n")],
      ["changed ROOTCA; changed default", "", "", "", "changed ROOTCA; changed default", "changed ROOTCA; changed default"],
    ],
    [
      "a root that was read from its file is known: it is not sent again when it comes with a certificate, but another is",
      [fileRoot("one"), asks(1), issued(ONE), fileRoot("one, two"), due(1), asks(2), issued(ONE)],
      ["", "sign", "give one to 1; rotate 1 at 1000", "", "changed default", "sign", "give one to 2; rotate 2 at 1000; changed ROOTCA"],
    ],
    [
      "a trust bundle while a request is running",
      [asks(1), bundle("a"), issued(ONE)],
      ["sign", "changed ROOTCA; changed default", "give one to 1; rotate 1 at 1000; changed ROOTCA"],
    ],
  ])("%s", (_, events, commands) => {
    expect(run(events).commands).toEqual([...commands]);
  });

  test("what was reported is forgotten with the next certificate", () => {
    expect(run([asks(1), fails("x")]).state.problem).toBe("x");
    expect(run([asks(1), fails("x"), asks(2), issued(ONE)]).state.problem).toBeUndefined();
  });
});
