import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BunPlugin, plugin } from "bun";

const SOURCES = join(import.meta.dir, "../src/explain/page");

/** The files of the style, in the order in which one refines another. */
const STYLES = ["base", "layout", "tree", "panel", "marks", "widths", "print"] as const;

/**
 * Provides the style and the script of the page of `explain` as texts, each with its hash for a Content-Security-Policy. The script is
 * bundled by a process of its own, as a bundler within a bundler waits for ever.
 */
export const pagePlugin: BunPlugin = {
  name: "page",
  setup(build) {
    build.onResolve({ filter: /^attache:page$/ }, () => ({ path: "page", namespace: "attache" }));
    build.onLoad({ filter: /^page$/, namespace: "attache" }, () => {
      const style = asset(STYLES.map((name) => readFileSync(join(SOURCES, `style/${name}.css`), "utf8")).join("\n"));
      const script = asset(bundled(join(SOURCES, "browser/main.ts")));
      return {
        contents: `export const style = ${JSON.stringify(style)};\nexport const script = ${JSON.stringify(script)};\n`,
        loader: "js",
      };
    });
  },
};

function asset(text: string): { readonly text: string; readonly hash: string } {
  return { text, hash: `sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}` };
}

function bundled(entry: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "build", "--minify", "--format=iife", "--target=browser", entry], {
    stdin: "ignore",
  });
  if (exitCode !== 0) throw new Error(`Cannot bundle ${entry}: ${stderr.toString()}`);
  return stdout.toString();
}

plugin(pagePlugin);
