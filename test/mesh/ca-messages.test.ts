import { describe, expect, test } from "bun:test";
import { CREATE_CERTIFICATE, decodeChain, encodeOrder } from "../../src/mesh/ca-messages.ts";
import { messageOf, transcript, transcriptNames } from "../conformance/mesh/transcripts.ts";

/** The calls of the CA in a recording: the streams of its channel, each with its request and its answer if there was one. */
function calls(name: string) {
  const { events } = transcript(name);
  const starts = events.filter(({ kind, metadata }) => kind === "headers" && metadata?.[":path"] === CREATE_CERTIFICATE);
  return starts.map(({ conn, stream, channel }) => {
    const messages = events.filter((event) => event.kind === "message" && event.conn === conn && event.stream === stream);
    return {
      request: messages.find((event) => event.channel === channel),
      answer: messages.find((event) => event.channel !== channel),
    };
  });
}

describe("the messages are the recorded ones", () => {
  test.each(["ca", "sds", "whole"].flatMap(transcriptNames).filter((name) => calls(name).length > 0))("%s", (name) => {
    for (const { request, answer } of calls(name)) {
      const decoded = request?.decoded ?? {};
      const signer = (decoded["metadata"] as { readonly CertSigner: string }).CertSigner;
      const order = { csr: String(decoded["csr"]), lifetime: Number(decoded["validity_duration"]), certSigner: signer };
      expect(Buffer.from(encodeOrder(order)).equals(messageOf(request ?? {}))).toBe(true);
      const { cert_chain: chain, undecodable } = answer?.decoded ?? {};
      if (answer === undefined) continue;
      if (undecodable === undefined) expect(decodeChain([messageOf(answer)])).toEqual((chain ?? []) as readonly string[]);
      else expect(() => decodeChain([messageOf(answer)])).toThrow();
    }
  });
});
