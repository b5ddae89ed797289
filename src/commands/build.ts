/** A build of attache: version, commit with its date, and runtime. */
export interface Build {
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly bun: string;
}
