import { beforeAll, expect, test } from "bun:test";
import { INJECTED } from "../redirection/arguments.ts";
import { type Machine, openMachine } from "../redirection/machine.ts";
import { attempt, type Ended } from "./engine.ts";
import { buildImages, IMAGES } from "./images.ts";

beforeAll(buildImages, 1_800_000);

/** Runs an image as the injector's init container, in the network of a machine. */
function asInit({ pid }: Machine, image: string, ...args: readonly string[]): Promise<Ended> {
  const network = `--network=ns:/proc/${pid}/ns/net`;
  const rights = ["--user=0:0", "--cap-drop=all", "--cap-add=NET_ADMIN,NET_RAW", "--security-opt=no-new-privileges"];
  return attempt(["podman", "run", "--rm", "--pull=never", network, ...rights, image, ...INJECTED, ...args]);
}

test.each([
  { variant: "what it finds", args: [], chain: "iptables nat ISTIO_OUTPUT" },
  { variant: "the legacy variant", args: ["--force-iptables-binary=legacy", "-m", "TPROXY"], chain: "iptables-legacy mangle ISTIO_TPROXY" },
  { variant: "native nftables", args: ["--native-nftables", "-m", "TPROXY"], chain: "nft inet istio-proxy-mangle istio-tproxy" },
])("the image for the init container redirects with $variant", async ({ args, chain }) => {
  await using machine = await openMachine();
  expect(await asInit(machine, IMAGES.init, ...args)).toMatchObject({ status: 0 });
  expect(Object.keys(await machine.state())).toContain(chain);
});

test("the image without the programs names the one that has them", async () => {
  await using machine = await openMachine();
  const { status, out } = await asInit(machine, IMAGES.attache);
  expect(status).toBe(1);
  expect(out).toMatch(/target init of attache's Dockerfile/);
  expect(await machine.state()).toEqual({});
});
