import { run } from "./commands/run.ts";
import { HOST } from "./host/host.ts";

process.exit(await run(process.argv.slice(2), "attache", HOST));
