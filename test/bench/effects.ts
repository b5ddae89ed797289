import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { networkInterfaces } from "node:os";

// The effects every agent has before it starts Envoy, without any rules: reads the contract's files, parses the configuration, writes a
// file of the usual size, logs twice, handles signals. The rest of attache's time is its rules.
const environment = new Map(Object.entries(process.env));
const files = ["./etc/istio/config/mesh", "./etc/istio/pod/labels", "./etc/istio/pod/annotations"].map(read);
const questions = ["./var/run/secrets/istio/root-cert.pem", "./var/run/secrets/workload-spiffe-uds/socket", "./etc/certs"].map(exists);
const config: unknown = JSON.parse(environment.get("PROXY_CONFIG") ?? "{}");
const metadata = Object.fromEntries(environment);
const bootstrap = { node: { metadata, files, questions, interfaces: networkInterfaces() }, config, again: [metadata, metadata, metadata] };
log("the effects of a start");
mkdirSync("./etc/istio/proxy", { recursive: true, mode: 0o700 });
const descriptor = openSync("./etc/istio/proxy/.bare.tmp", "w", 0o666);
writeSync(descriptor, `${JSON.stringify(bootstrap, null, 2)}\n`);
closeSync(descriptor);
renameSync("./etc/istio/proxy/.bare.tmp", "./etc/istio/proxy/bare.json");
log("Envoy command");
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {});
process.exit(await Bun.spawn([process.argv[2] ?? ""], { stdio: ["ignore", "inherit", "inherit"] }).exited);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

function log(text: string): void {
  writeSync(2, `${new Date().toISOString()}\tinfo\t${text}\n`);
}
