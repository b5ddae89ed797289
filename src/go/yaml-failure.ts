/** An error in a YAML document, with its offset if known; `parseYaml` catches it. */
export class YamlFailure extends Error {
  override readonly name = "YamlFailure";
  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(message);
  }
}
