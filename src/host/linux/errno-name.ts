/** Returns the name of an error number of the C library, such as EACCES. */
export function errnoName(number: number): string {
  // A start seldom needs it.
  const { constants }: typeof import("node:os") = require("node:os");
  return Object.entries(constants.errno).find(([, each]) => each === number)?.[0] ?? `errno ${number}`;
}
