import { startLoad } from "../support/load.ts";

/**
 * A client in the container's network. Sends requests until a line on standard input removes its endpoint; prints `loaded` after
 * a hundred responses, and a report at its end.
 */
const load = startLoad({ urls: ["http://127.0.0.1:10000"], keepAlive: 20, fresh: 4, pause: 5 });
while (load.progress().ok < 100) await Bun.sleep(5);
console.log("loaded");
for await (const _ of console) break;
load.mark("term");
load.endpointsRemovedAfter(500);
await load.ended;
console.log(JSON.stringify(await load.stop()));
process.exit(0);
