/** The most bytes that the path of a Unix socket may have (unix(7)). */
export const LONGEST_SOCKET_PATH = 107;

/** Returns why no socket can have a path of so many bytes, if none can. */
export function socketPathProblem(bytes: number): string | undefined {
  return bytes > LONGEST_SOCKET_PATH ? `its path has ${bytes} bytes, and the limit of the kernel is ${LONGEST_SOCKET_PATH}` : undefined;
}
