/** Days are Beijing's: grants, suspensions and dates of issue are notices of a city at UTC+8. */

const OFFSET = 8 * 3600; // seconds east of UTC, without daylight saving

/** The date in Beijing, YYYY-MM-DD, at `moment`, seconds since 1970. */
export const dayAt = (moment: number): string =>
  new Date((moment + OFFSET) * 1000).toISOString().slice(0, 10);

/** When `day` begins in Beijing, seconds since 1970. */
export const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000 - OFFSET;

/** Whether `text` is a date YYYY-MM-DD that the calendar has, from the year 1. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text < "0001") return false;
  const time = Date.parse(`${text}T00:00:00Z`); // engines differ on 30 February: some carry it over
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
