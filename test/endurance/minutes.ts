/** How long an endurance test runs; minutes have to be enough for what happens in each of them. */
export const MINUTES = Number(process.env["ATTACHE_ENDURANCE_MINUTES"] ?? 2);
/** The minutes of a row of the printed table. */
export const MINUTES_A_ROW = MINUTES < 10 ? 1 : 5;
/** In milliseconds. */
export const MINUTE = 60_000;
