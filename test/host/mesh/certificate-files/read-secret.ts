// Reads a secret from a file, and prints what was logged and counted. argv: the name of the secret.
import { storeOf } from "../store-of.ts";

const { store, counts, log } = storeOf(undefined);
const secret = await store.get(process.argv[2] ?? "");
console.log(JSON.stringify({ kind: secret.kind, failures: counts.fileWatcherFailures, log }));
store.close();
