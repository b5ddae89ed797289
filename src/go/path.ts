/** The shortest equal path, by its text alone: Go's `filepath.Clean`; "" is ".". */
export function cleanPath(text: string): string {
  const rooted = text.startsWith("/");
  const kept: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    const last = kept[kept.length - 1];
    if (part !== ".." || (!rooted && (last === undefined || last === ".."))) kept.push(part);
    else kept.pop();
  }
  const path = (rooted ? "/" : "") + kept.join("/");
  return path === "" ? "." : path;
}

/** The parts that are not empty, joined with "/" and cleaned: Go's `filepath.Join`; "" if all are empty. */
export function joinPath(...parts: readonly string[]): string {
  const named = parts.filter((part) => part !== "");
  return named.length === 0 ? "" : cleanPath(named.join("/"));
}

/** The last part of a path: Go's `filepath.Base`; "" is "." and a path of slashes is "/". */
export function basePath(text: string): string {
  if (text === "") return ".";
  let path = text;
  while (path.endsWith("/")) path = path.slice(0, -1);
  return path === "" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

/** All but the last part of a path, cleaned: Go's `filepath.Dir`; "." when there is none. */
export function dirname(text: string): string {
  return cleanPath(text.slice(0, text.lastIndexOf("/") + 1));
}
