/** Carries an error text out of any depth of a YAML document; `parseYaml` catches it. */
export class YamlFailure extends Error {
  override readonly name = "YamlFailure";
}
