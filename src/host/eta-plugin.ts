import { type BunPlugin, plugin } from "bun";
import { Eta } from "eta";

/**
 * Compiles `.eta` files when they are bundled or, from source and in tests, when they are imported, so that the
 * program itself generates no code. `<%= %>` writes a JSON value, `<%~ %>` text as it is.
 */
export const etaPlugin: BunPlugin = {
  name: "eta",
  setup(build) {
    const eta = new Eta({ autoEscape: true, autoTrim: false, useWith: false });
    build.onLoad({ filter: /\.eta$/ }, async ({ path }) => {
      const body = eta.compileToString(await Bun.file(path).text());
      return { contents: `export default function (it, options) {\n${body}\n}\n`, loader: "js" };
    });
  },
};

plugin(etaPlugin);
