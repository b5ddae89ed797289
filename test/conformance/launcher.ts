import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Case } from "./cases.ts";
import { makeMachine, runOrFail } from "./machine.ts";

/** The input of the launcher: the case with its paths, its directory, and the agent's command line. */
export interface Spec {
  readonly recorded: Case;
  readonly root: string;
  readonly command: readonly string[];
}

if (import.meta.main) launch(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));

/** Runs inside fresh network, mount and host-name namespaces: makes them the machine of the case, then becomes the agent. */
function launch({ recorded, root, command }: Spec): never {
  makeMachine(recorded.interfaces, root, recorded.dmi ?? {});
  if (recorded.rootFiles !== undefined) fillRunDirectory(recorded.rootFiles);
  const host = recorded.http?.listen.split(":")[0] ?? "127.0.0.1";
  if (!host.startsWith("127.")) runOrFail(["ip", "addr", "add", `${host}/32`, "dev", "lo"]);
  if ([recorded.http, recorded.sockets, recorded.deadsockets].some((each) => each !== undefined)) serve(root);
  process.chdir(join(root, "w"));
  process.umask(0o022);
  const path = `${join(root, "bin")}:${process.env["PATH"]}`;
  process.execve?.(command[0] ?? "", [...command, ...recorded.args], { PATH: path, ...recorded.env });
  throw new Error("The agent was not started");
}

/** The absolute paths of a case are below /var/run, on a separate file system. */
function fillRunDirectory(files: NonNullable<Case["rootFiles"]>): void {
  const directory = realpathSync("/var/run");
  runOrFail(["mount", "-t", "tmpfs", "none", directory]);
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, relative("/var/run", name));
    mkdirSync(text === null ? path : dirname(path), { recursive: true });
    if (text !== null) writeFileSync(path, text);
  }
}

/** The services of the case, a separate process in the same network; its file shows that they are ready. */
function serve(root: string): void {
  Bun.spawn([process.execPath, join(import.meta.dir, "services.ts"), root], { stdio: ["ignore", "ignore", "ignore"] }).unref();
  for (let tries = 0; !existsSync(join(root, "serving")) && tries < 500; tries++) Bun.sleepSync(5);
}
