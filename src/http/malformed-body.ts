/** A body that is truncated or invalid: an error of the peer. */
export class MalformedBody extends Error {
  override readonly name = "MalformedBody";
}
