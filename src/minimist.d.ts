/** What attache uses of minimist: arguments to texts, as every name is said to take one. */
declare module "minimist" {
  /** One text for a name that stood once, all of them in order for one that stood more often. */
  function minimist(
    words: string[],
    options: { readonly string: readonly string[] },
  ): Readonly<Record<string, string | readonly string[] | undefined>>;
  export = minimist;
}
