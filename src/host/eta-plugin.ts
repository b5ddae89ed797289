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
    const eta = new Eta({ autoTrim: false });
    // Without a promise, as a profile may be loaded with `require`.
    build.onLoad({ filter: /\.eta$/ }, ({ path }) => {
      const body = eta.parse(readFileSync(path, "utf8")).map(statementOf).join("\n");
      return { contents: `export default function (it, include, json) {\nlet text = "";\n${body}\nreturn text;\n}\n`, loader: "js" };
    });
  },
};

/** The statement for a part of a template: text, or a tag by its kind. Eta has escaped a text for single quotes. */
function statementOf(part: ReturnType<Eta["parse"]>[number]): string {
  if (typeof part === "string") return `text+='${part}';`;
  switch (part.t) {
    case "e":
      return part.val;
    case "r":
      return `text+=${part.val};`;
    case "i":
      return `text+=json(${part.val});`;
    default:
      throw new Error(`Unknown kind of tag "${part.t}" in a template`);
  }
}

plugin(etaPlugin);
