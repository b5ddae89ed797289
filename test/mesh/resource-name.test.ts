import { describe, expect, test } from "bun:test";
import { type ResourceName, resourceName } from "../../src/mesh/resource-name.ts";

describe("the name of a secret", () => {
  const rows: readonly (readonly [string, ResourceName])[] = [
    ["default", { kind: "certificate" }],
    ["ROOTCA", { kind: "root" }],
    ["file-cert:/a/cert.pem~/a/key.pem", { kind: "file-cert", chain: "/a/cert.pem", key: "/a/key.pem" }],
    ["file-cert:./a b\n~k", { kind: "file-cert", chain: "./a b\n", key: "k" }],
    ["file-root:/a/ca.pem", { kind: "file-root", path: "/a/ca.pem" }],
    ["file-root:system", { kind: "system-root" }],
    ["file-root:system/ca.pem", { kind: "file-root", path: "system/ca.pem" }],
    ["file-root:", { kind: "no-path" }],
    ["file-cert:~", { kind: "no-path" }],
    ["file-cert:/a/cert.pem~", { kind: "no-path" }],
    ["file-cert:~/a/key.pem", { kind: "no-path" }],
    ["file-cert:", { kind: "other" }],
    ["file-cert:/a/cert.pem", { kind: "other" }],
    ["file-cert:a~b~c", { kind: "other" }],
    ["file-root:a~b", { kind: "other" }],
    ["Default", { kind: "other" }],
    ["", { kind: "other" }],
    ["kubernetes://other", { kind: "other" }],
    [" file-root:/a", { kind: "other" }],
  ];
  test.each(rows)("%j", (name, expected) => expect(resourceName(name)).toEqual(expected));
});
