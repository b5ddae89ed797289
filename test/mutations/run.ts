import { parseArgs } from "node:util";
import { fetchParser } from "../support/prometheus-parser.ts";
import { tryListed } from "./listed.ts";
import { runSample } from "./sample.ts";

// Makes small changes in copies of the project and runs the tests that have to notice: first those made by hand, each with its
// test, then a sample of generated ones. Prints what each took; the status is 1 when a change goes unseen, or can no longer be made.
//   npm run test:mutations [-- [--seed N] [--count N] [--only PATH]... [PART OF A NAME]]
//   PART OF A NAME  only the changes made by hand whose name has it
//   --count N       how many are generated (200; 0: none)
//   --only PATH     changes only this folder or file, such as src/host/job; generated ones only
//   --seed N        draws others (1); generated ones only

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { seed: { type: "string" }, count: { type: "string" }, only: { type: "string", multiple: true } },
  allowPositionals: true,
});
// The tests run in a network of their own, from where nothing can be fetched.
await fetchParser();
const [name] = positionals;
const count = numberOf("count", values.count ?? (name === undefined ? "200" : "0"));
const seed = numberOf("seed", values.seed ?? "1");
const isSampleOnly = name === undefined && (values.seed !== undefined || values.only !== undefined);
const listed = isSampleOnly || (await tryListed(name));
const sampled = count === 0 || (await runSample({ count, seed, ...(values.only === undefined ? {} : { folders: values.only }) }));
process.exitCode = listed && sampled ? 0 : 1;

function numberOf(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${flag} must be a whole number, not "${text}"`);
  return Number(text);
}
