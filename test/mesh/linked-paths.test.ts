import { expect, test } from "bun:test";
import { linkedPaths } from "../../src/mesh/linked-paths.ts";

test.each<[name: string, path: string, links: Readonly<Record<string, string>>, watched: readonly string[]]>([
  ["no link", "/a/b.pem", {}, ["/a/b.pem"]],
  ["not clean", "/a//x/../b.pem", {}, ["/a/b.pem"]],
  ["a link to a file beside it", "/a/b.pem", { "/a/b.pem": "c.pem" }, ["/a/b.pem", "/a/c.pem"]],
  [
    "the kubelet's",
    "/v/b.pem",
    { "/v/b.pem": "..data/b.pem", "/v/..data": "..2026" },
    ["/v/b.pem", "/v/..data/b.pem", "/v/..data", "/v/..2026/b.pem"],
  ],
  ["a directory far above", "/a/b/c/d.pem", { "/a": "/x" }, ["/a/b/c/d.pem", "/a", "/x/b/c/d.pem"]],
  ["a link to a link", "/a", { "/a": "b", "/b": "/c/d" }, ["/a", "/b", "/c/d"]],
  ["upwards", "/a/b/c", { "/a/b": "../x" }, ["/a/b/c", "/a/b", "/x/c"]],
  ["links of the system", "/var/a", { "/var": "/private/var" }, ["/var/a"]],
  ["in a circle", "/a", { "/a": "b", "/b": "a" }, ["/a", "/b"]],
])("linkedPaths: %s", (_, path, links, watched) => {
  expect(linkedPaths(path, (each) => links[each])).toEqual([...watched]);
});
