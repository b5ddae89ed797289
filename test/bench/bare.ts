import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";

// The minimum a supervisor in Bun can do: write a small file, start a program, wait for it. The baseline of attache's start.
mkdirSync("./etc/istio/proxy", { recursive: true, mode: 0o700 });
const descriptor = openSync("./etc/istio/proxy/.bare.tmp", "w", 0o666);
writeSync(descriptor, `${JSON.stringify({ node: { id: process.env["POD_NAME"] } }, null, 2)}\n`);
closeSync(descriptor);
renameSync("./etc/istio/proxy/.bare.tmp", "./etc/istio/proxy/bare.json");
process.exit(await Bun.spawn([process.argv[2] ?? ""], { stdio: ["ignore", "inherit", "inherit"] }).exited);
