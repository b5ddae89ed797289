import { beforeAll, expect, test } from "bun:test";
import { startContainer } from "./container.ts";
import { succeed } from "./engine.ts";
import { buildImages, IMAGES } from "./images.ts";

beforeAll(buildImages, 1_800_000);

test("the image has proxyv2's layout, owners and environment", async () => {
  const [config] = JSON.parse(await succeed("podman", "image", "inspect", IMAGES.attache));
  expect(config.Config).toMatchObject({ User: "1337:1337", Entrypoint: ["/usr/local/bin/attache"], WorkingDir: "/" });
  expect(config.Config.Env).toContain("ISTIO_META_ISTIO_VERSION=1.30.3");
  expect(Object.keys(config.Config.Labels)).toContain("org.opencontainers.image.version");
  await using container = await startContainer({ image: IMAGES.debug });
  const paths = ["/etc", "/etc/istio", "/etc/istio/proxy", "/var", "/var/lib/istio", "/var/lib/istio/data", "/usr/local/bin/envoy"];
  const { out } = await container.exec("/busybox/busybox", "stat", "-c", "%n %u %a", ...paths);
  expect(out.trim().split("\n")).toEqual([
    "/etc 0 755",
    "/etc/istio 0 755",
    expect.stringMatching(/^\/etc\/istio\/proxy 1337 /),
    "/var 0 755",
    "/var/lib/istio 0 755",
    "/var/lib/istio/data 1337 755",
    "/usr/local/bin/envoy 0 755",
  ]);
  const link = await container.exec("/busybox/busybox", "readlink", "/usr/local/bin/pilot-agent");
  expect(link.out.trim()).toBe("attache");
});
