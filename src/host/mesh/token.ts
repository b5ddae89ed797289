import type { Log } from "../../common/notice.ts";
import type { Headers } from "../../http/message-head.ts";
import { NO_CREDENTIALS } from "../../mesh/failure-hint.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { TokenSource } from "../../mesh/mesh-plan.ts";
import type { Random } from "../../mesh/rotation.ts";
import { needsRefresh } from "../../mesh/token-expiry.ts";
import { nodeFs } from "../files/libc-files.ts";
import { reasonOf } from "../files/read-file.ts";
import { fetchMetadata } from "./fetch-metadata.ts";
import { readBytesNow } from "./read-bytes.ts";

/** Reads the bearer token of calls to the control plane. */
export interface TokenReader {
  /**
   * Returns the token as it is now; empty if its file is, and undefined without one, which may still do with a client certificate.
   * @throws Error of a metadata server
   */
  readonly read: () => Promise<string | undefined>;
  readonly close: () => void;
}

/** Opens a source of tokens (contract 1.30 §13b). Only tests set `random`, by which waits between requests to a metadata server vary. */
export function openToken(source: TokenSource, log: Log, random: Random = Math.random): TokenReader {
  switch (source.kind) {
    case "file":
      return openFile(source.path, log);
    case "gce":
      return openGce(source, log, random);
    case "mock":
      return { read: async () => "test_token", close() {} };
  }
}

/** Returns the header in which a token is sent; no header without one, or with an empty one. */
export function authorization(token: string | undefined): Headers {
  return token === undefined || token === "" ? [] : [["authorization", `Bearer ${token}`]];
}

/** Returns the status of a call whose token cannot be read, with the text of Go's gRPC library. */
export function tokenFailure(error: unknown): GrpcStatus {
  return { code: CODE.UNAUTHENTICATED, message: `${NO_CREDENTIALS}${reasonOf(error)}` };
}

/** The largest token, in bytes: servers accept headers of some kilobytes. */
const LARGEST = 64 * 1024;

/** A token in a file, read at each call. What is wrong with the file is logged once. */
function openFile(path: string, log: Log): TokenReader {
  let reported: string | undefined;
  const report = (problem: string | undefined) => {
    if (problem !== undefined && problem !== reported) log("warn", `Cannot use token "${path}", connecting without it: ${problem}`);
    reported = problem;
  };
  return {
    async read() {
      try {
        const token = readBytesNow(path, LARGEST).toString().trim();
        const isUsable = isHeaderText(token);
        report(isUsable ? undefined : "it contains characters that a header cannot have");
        return isUsable ? token : undefined;
      } catch (error) {
        report(reasonOf(error));
        return undefined;
      }
    },
    close() {},
  };
}

function isHeaderText(token: string): boolean {
  return /^[\x20-\x7e]*$/.test(token);
}

const FILE_MODE = 0o640;
/** Milliseconds between two looks at whether the token expires soon. */
const REFRESH_INTERVAL = 5 * 60_000;

/** The identity token of a virtual machine: fetched at each call and written to a file, and kept fresh there between calls. */
function openGce({ path, audience, host }: Extract<TokenSource, { readonly kind: "gce" }>, log: Log, random: Random): TokenReader {
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${audience}&format=full`;
  const stop = new AbortController();
  let token: string | undefined;
  const fetchToken = async () => {
    if (path === "") throw new Error("jwtPath is unset");
    const text = await fetchMetadata(url, { largest: LARGEST, random, signal: stop.signal });
    if (text === undefined || !isHeaderText(text.trim())) throw new Error(`the answer of "${url}" is no token`);
    token = text;
    await nodeFs()
      .promises.writeFile(path, text, { mode: FILE_MODE })
      .catch((cause) => {
        throw new Error(`cannot write the token to "${path}": ${reasonOf(cause)}`, { cause });
      });
    return text.trim();
  };
  const refresh = () => {
    if (needsRefresh(token, Date.now())) fetchToken().catch((error) => log("warn", `Cannot refresh token "${path}": ${reasonOf(error)}`));
  };
  const timer = setInterval(refresh, REFRESH_INTERVAL);
  timer.unref();
  return {
    async read() {
      try {
        return (await fetchToken()) || undefined;
      } catch (error) {
        throw new Error(`fetch platform credential: ${reasonOf(error)}`, { cause: error });
      }
    },
    close() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
