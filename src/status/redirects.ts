/** How many redirects are followed before a call is given up, as in Go's client. */
export const MOST_REDIRECTS = 10;

const STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Whether an answer of this status leads elsewhere, where it says where. */
export function isRedirect(status: number): boolean {
  return STATUSES.includes(status);
}
