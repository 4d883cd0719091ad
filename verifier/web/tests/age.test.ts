/** The age of the trust data: each colour to the second, as verifier/verify.py draws the line. */

import { expect, test } from "vitest";
import { CLOCK_SKEW } from "../src/core/limits";
import { type TrustState, update } from "../src/core/trust";
import { age } from "../src/trust/age";
import { LOADED, PINS, PROD } from "./phone";

const DAY = 86_400; // seconds
const STATE = await update(null, PROD, { pins: PINS, now: LOADED });
const { snapshot, root, newest } = STATE;
const SHORT: TrustState = { ...STATE, root: { ...root, exp: snapshot.next - 1 } };

test.each([
  ["just signed", STATE, snapshot.iat, "green", 0],
  ["a second before a newer one is due", STATE, snapshot.next - 1, "green", 6],
  ["when a newer one is due", STATE, snapshot.next, "yellow", 7],
  ["a second before it ends", STATE, snapshot.exp - 1, "yellow", 89],
  ["when it ends", STATE, snapshot.exp, "red", 90],
  ["a second before its root ends", SHORT, SHORT.root.exp - 1, "green", 6],
  ["when its root ends", SHORT, SHORT.root.exp, "red", 6],
  ["the clock a day behind", STATE, newest - CLOCK_SKEW, "green", 0],
  ["the clock more than a day behind", STATE, newest - CLOCK_SKEW - 1, "red", 0],
])("%s", (_, state, now, color, days) => {
  expect(age(state, now)).toMatchObject({ color, days });
});

test("connect before it is stale, then before it ends", () => {
  expect(age(STATE, snapshot.iat)).toMatchObject({
    connectBefore: snapshot.next,
    expires: snapshot.exp,
    clockBehind: false,
  });
  expect(age(STATE, snapshot.next).connectBefore).toBe(snapshot.exp);
  expect(age(SHORT, snapshot.iat).connectBefore).toBe(SHORT.root.exp);
  expect(age(STATE, newest - 2 * DAY).clockBehind).toBe(true);
});
