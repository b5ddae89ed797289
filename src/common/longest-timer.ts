/** The longest delay a timer of the runtime accepts, in milliseconds (24 days); a longer one fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;
