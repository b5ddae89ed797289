import { join } from "node:path";
import { ROOT } from "../support/subject.ts";

/** The agent that sets up redirections: the built binary, or another one with the same contract. */
export const REDIRECTING: string = process.env["ATTACHE_IPTABLES_SUBJECT"] ?? join(ROOT, "dist/attache");
