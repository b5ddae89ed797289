import { readFileSync } from "node:fs";
import { type BunPlugin, plugin } from "bun";
import { Eta } from "eta";

/**
 * Compiles `.eta` files when they are bundled or, from source and in tests, when they are imported, so that the
 * program itself generates no code. `<%= %>` writes a JSON value, `<%~ %>` text as it is; of Eta's helpers there is only
 * `include`, as layouts, blocks and captures would be made anew for every section of every start, and what it writes is
 * gathered in a variable, which takes a third of the instructions of a member.
 */
export const etaPlugin: BunPlugin = {
  name: "eta",
  setup(build) {
    const eta = new Eta({ autoEscape: true, autoTrim: false, useWith: false });
    // Without a promise, as a profile may be loaded with `require`.
    build.onLoad({ filter: /\.eta$/ }, ({ path }) => {
      const body = eta
        .compileBody(eta.parse(readFileSync(path, "utf8")))
        .replaceAll("__eta.res+=", "text+=")
        .replaceAll("__eta.e(", "json(")
        .replaceAll("__eta.f(", "String(");
      return { contents: `export default function (it, include, json) {\nlet text = "";\n${body}\nreturn text;\n}\n`, loader: "js" };
    });
  },
};

plugin(etaPlugin);
