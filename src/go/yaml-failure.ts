/** Carries an error text, and the place it is about where that is known, out of any depth of a YAML document; `parseYaml` catches it. */
export class YamlFailure extends Error {
  override readonly name = "YamlFailure";
  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(message);
  }
}
