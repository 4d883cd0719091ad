import { expect, test } from "vitest";
import { dayAt, isDay, startOf } from "../src/core/day";

test("a day begins in Beijing", () => {
  expect(startOf("1970-01-01")).toBe(-8 * 3600);
  expect(dayAt(startOf("2025-06-02"))).toBe("2025-06-02");
  expect(dayAt(startOf("2025-06-02") - 1)).toBe("2025-06-01");
  expect(dayAt(7_258_118_400)).toBe("2200-01-01");
});

const DAYS = ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "1999-12-31"];
test.each(DAYS)("%s is a day", (day) => expect(isDay(day)).toBe(true));

const NO_DAYS = [
  "",
  "0000-01-01",
  "2025-02-29",
  "1900-02-29",
  "2025-02-30",
  "2025-04-31",
  "2025-13-01",
  "2025-00-01",
  "2025-01-00",
  "2025-01-32",
  "20250520",
  "2025-5-20",
  "2025/05/20",
  "2025-W21-2",
  "2025-05-20T00:00:00Z",
  "2025-05-20\n",
  "+02025-05-20",
  "２０２５-05-20",
  "٢٠٢٥-05-20",
];
test.each(NO_DAYS)("%j is no day", (text) => expect(isDay(text)).toBe(false));
