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

/** Returns the same of files that are there only in part; undefined if none is there. */
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
