/** The part of minimist that attache uses: each name is declared to take a string. */
declare module "minimist" {
  /** Returns a string for a name given once, all of its strings in order for a name given more often. */
  function minimist(
    args: string[],
    options: { readonly string: readonly string[] },
  ): Readonly<Record<string, string | readonly string[] | undefined>>;
  export = minimist;
}
