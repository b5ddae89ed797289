import { join } from "node:path";
import type { SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/async";

/**
 * Parses files of a TypeScript project, given by paths relative to `directory`, which contains tsconfig.json.
 * @throws Error for a file that is not part of it
 */
export async function parseProject(directory: string, paths: readonly string[]): Promise<ReadonlyMap<string, SourceFile>> {
  const api = new API();
  try {
    const snapshot = await api.updateSnapshot({ openProjects: [join(directory, "tsconfig.json")] });
    const [project] = snapshot.getProjects();
    const found = new Map<string, SourceFile>();
    for (const path of paths) {
      const source = await project?.program.getSourceFile(join(directory, path));
      if (source === undefined) throw new Error(`${path} is not part of ${directory}/tsconfig.json`);
      found.set(path, source);
    }
    return found;
  } finally {
    await api.close();
  }
}
