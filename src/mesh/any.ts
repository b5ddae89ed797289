import type { Pieces } from "./pieces.ts";
import { type Decoded, ProtobufError, type Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { ANY } from "./well-known.ts";

/** Reads the message in a google.protobuf.Any, which has to be of one type. @throws ProtobufError with the texts of Go's library */
export function unpack<T extends Table>(table: T, typeName: string, any: Pieces | undefined): Decoded<T> {
  return parse(table, messageIn(typeName, any));
}

/** Returns the bytes of the message in a google.protobuf.Any, which has to be of one type. @throws ProtobufError as `unpack` does */
export function messageIn(typeName: string, any: Pieces | undefined): Pieces {
  if (any === undefined) throw new ProtobufError("invalid nil source message");
  const { typeUrl, value } = parse(ANY, any);
  const name = typeNameOf(typeUrl);
  if (name !== typeName) throw new ProtobufError(`mismatched message type: got "${typeName}", want "${name}"`);
  return value;
}

/** Returns the name of the message that a type URL names. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
}

/** Returns the error of bytes that are not a message. */
export function invalidFormat(cause: unknown): ProtobufError {
  return new ProtobufError("cannot parse invalid wire-format data", { cause });
}

function parse<T extends Table>(table: T, message: Pieces): Decoded<T> {
  try {
    return decode(table, message);
  } catch (cause) {
    throw invalidFormat(cause);
  }
}
