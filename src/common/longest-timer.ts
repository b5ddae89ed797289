/** The longest time a timer of the runtime holds, in milliseconds (24 days); a longer one would be over at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;
