import { fileType, reasonOf } from "../files/read-file.ts";
import { readBytes } from "./read-bytes.ts";

/** Returns what is wrong with the first of some files that has no content, with its path; undefined if all have some. */
export async function fileProblem(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const problem = await contentProblem(path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Reports whether all of some files have content. Most agents have none: they are looked for without a thread of the runtime. */
export async function haveContent(paths: readonly string[]): Promise<boolean> {
  return paths.every((path) => fileType(path) === "file") && (await fileProblem(paths)) === undefined;
}

/** Returns `fileProblem` of an incomplete set of files; undefined if none of them exists. */
export async function partProblem(paths: readonly string[]): Promise<string | undefined> {
  return paths.every((path) => fileType(path) === "missing") ? undefined : fileProblem(paths);
}

async function contentProblem(path: string): Promise<string | undefined> {
  try {
    return (await readBytes(path)).length === 0 ? `"${path}" is empty` : undefined;
  } catch (error) {
    return `cannot read "${path}": ${reasonOf(error)}`;
  }
}
