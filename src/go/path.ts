/** Returns the shortest equivalent path: Go's `filepath.Clean`; "" becomes ".". */
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

/** Joins the non-empty parts with "/" and cleans the result: Go's `filepath.Join`; "" if all parts are empty. */
export function joinPath(...parts: readonly string[]): string {
  const named = parts.filter((part) => part !== "");
  return named.length === 0 ? "" : cleanPath(named.join("/"));
}

/** Returns the last element of a path: Go's `filepath.Base`; "." for "", "/" for slashes only. */
export function basePath(text: string): string {
  if (text === "") return ".";
  let path = text;
  while (path.endsWith("/")) path = path.slice(0, -1);
  return path === "" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

/** Returns all but the last element of a path, cleaned: Go's `filepath.Dir`; "." if there is no other element. */
export function dirname(text: string): string {
  return cleanPath(text.slice(0, text.lastIndexOf("/") + 1));
}
