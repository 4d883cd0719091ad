/** What is asked of a camera, what its refusals mean, and how long it is waited for. */

export type CameraProblem =
  | "no_camera"
  | "permission_refused"
  | "camera_in_use"
  | "insecure_context"
  | "camera_lost";

/** ms before each new try after a camera was lost, then it is given up. */
export const RETRY_AFTER: readonly number[] = [0, 500, 1000, 2000, 4000];

// Modules of 0.5 mm at arm's length are then 4 pixels; the default of 640 × 480 would give 1.6.
const SIZE = { width: { ideal: 1920 }, height: { ideal: 1080 } };

/** What to ask for, one after the other: the camera that was chosen, the one at the back, any. */
export function wishesFor(id: string | undefined): readonly (MediaTrackConstraints | true)[] {
  const back = { facingMode: { ideal: "environment" }, ...SIZE };
  return [...(id ? [{ deviceId: { exact: id }, ...SIZE }] : []), back, true];
}

/** What a failed getUserMedia means (W3C Media Capture and Streams §10.2). */
export function problemOf(error: unknown): CameraProblem {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "permission_refused";
    case "NotReadableError":
    case "AbortError":
      return "camera_in_use";
    default: // NotFoundError, OverconstrainedError
      return "no_camera";
  }
}
