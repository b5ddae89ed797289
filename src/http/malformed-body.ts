/** Thrown for a body that ends too early or cannot be read: the peer's fault. */
export class MalformedBody extends Error {
  override readonly name = "MalformedBody";
}
