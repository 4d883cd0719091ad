/** A verdict for the ear and the hand: good rises once, not good falls twice. */

interface Signal {
  /** Hz, one after the other. */
  readonly tones: readonly number[];
  readonly wave: OscillatorType;
  /** ms on, off, on … */
  readonly buzz: readonly number[];
}

const GOOD: Signal = { tones: [880, 1320], wave: "sine", buzz: [80] };
const NOT_GOOD: Signal = { tones: [330, 220, 330, 220], wave: "square", buzz: [250, 120, 250] };

const TONE = 0.12; // seconds
const LOUDNESS = 0.2; // of 1: a square wave is loud

let context: AudioContext | undefined;

/** Makes the signal of a verdict, by the ways that people switched on. */
export function signal(
  good: boolean,
  by: { readonly sound: boolean; readonly vibration: boolean },
): void {
  const { tones, wave, buzz } = good ? GOOD : NOT_GOOD;
  if (by.vibration) navigator.vibrate?.([...buzz]); // never on iOS
  if (!by.sound || typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  void context.resume(); // a browser starts it silent until someone has touched the page
  const start = context.currentTime;
  const loudness = context.createGain();
  loudness.gain.value = LOUDNESS;
  loudness.connect(context.destination);
  const oscillator = context.createOscillator();
  oscillator.type = wave;
  tones.forEach((tone, at) => {
    oscillator.frequency.setValueAtTime(tone, start + at * TONE);
  });
  oscillator.connect(loudness);
  oscillator.start(start);
  oscillator.stop(start + tones.length * TONE);
}
