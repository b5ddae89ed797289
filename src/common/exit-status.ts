/** Exit statuses of the agent itself; the README lists all of them. */
export const STATUS = {
  stopped: 0,
  found: 1,
  notCompared: 2,
  notValidated: 2,
  bug: 70,
  notExecutable: 126,
  notFound: 127,
  unread: 141,
  refused: 255,
} as const;
