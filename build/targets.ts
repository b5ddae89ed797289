/** A platform to build for. */
export interface Target {
  /** Name of the target and of its directory below `dist`. */
  readonly name: string;
  readonly arch: "x64" | "arm64";
  readonly libc: "glibc" | "musl";
  /** Bun's name for it. */
  readonly bun: Bun.Build.CompileTarget;
  /** npm package of the runtime; package-lock.json pins its version and sha512. */
  readonly runtime: string;
}

/** All targets; a new target is a row. */
export const TARGETS: readonly Target[] = [
  { name: "linux-x64", arch: "x64", libc: "glibc", bun: "bun-linux-x64", runtime: "@oven/bun-linux-x64" },
  { name: "linux-arm64", arch: "arm64", libc: "glibc", bun: "bun-linux-arm64", runtime: "@oven/bun-linux-aarch64" },
  { name: "linux-x64-musl", arch: "x64", libc: "musl", bun: "bun-linux-x64-musl", runtime: "@oven/bun-linux-x64-musl" },
  { name: "linux-arm64-musl", arch: "arm64", libc: "musl", bun: "bun-linux-arm64-musl", runtime: "@oven/bun-linux-aarch64-musl" },
];

/** Returns the target of the build machine, from the libraries mapped by this process. @throws Error if there is none */
export function hostTarget(arch: string, maps: string): Target {
  const libc = maps.includes("/ld-musl-") ? "musl" : "glibc";
  const found = TARGETS.find((target) => target.arch === arch && target.libc === libc);
  if (found === undefined) throw new Error(`Cannot build for this machine: there is no target for ${arch} with ${libc}`);
  return found;
}

/** Returns a target by name. @throws Error that lists the names */
export function namedTarget(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found === undefined) throw new Error(`Cannot build for "${name}": targets are ${TARGETS.map((each) => each.name).join(", ")}`);
  return found;
}
