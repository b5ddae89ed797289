import { cleanPath, joinPath } from "../go/path.ts";

/** Links at these places are part of the system, and not followed (contract 1.30 §13a). */
const SYSTEM_LINKS: ReadonlySet<string> = new Set(["/var", "/tmp", "/usr"]);
const MOST_LINKS = 40;

/**
 * Returns what has to be watched to notice that another file is behind an absolute path: the path itself, each symbolic link on the way,
 * and the file at its end. `readLink` returns the target of a link; undefined if a path is not a link.
 */
export function linkedPaths(path: string, readLink: (path: string) => string | undefined): readonly string[] {
  const found = [cleanPath(path)];
  let current = found[0] ?? path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const link = firstLink(current, readLink);
    if (link === undefined) break;
    const target = link.target.startsWith("/") ? link.target : joinPath("/", link.path, "..", link.target);
    current = cleanPath(`${target}${current.slice(link.path.length)}`);
    found.push(link.path, current);
  }
  return [...new Set(found)];
}

function firstLink(
  path: string,
  readLink: (path: string) => string | undefined,
): { readonly path: string; readonly target: string } | undefined {
  for (let end = path.indexOf("/", 1); ; end = path.indexOf("/", end + 1)) {
    const part = end < 0 ? path : path.slice(0, end);
    const target = SYSTEM_LINKS.has(part) ? undefined : readLink(part);
    if (target !== undefined) return { path: part, target };
    if (end < 0) return undefined;
  }
}
