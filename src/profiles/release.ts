/** A release of Istio. */
export type Release = readonly [major: number, minor: number, patch: number];

/** The first release named in a text, as an image has it; without a patch it is the first of its minor. */
export function releaseIn(text: string): Release | undefined {
  const [, major, minor, patch = 0] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Whether a release is another one or a later one. */
export function isAtLeast([major, minor, patch]: Release, [otherMajor, otherMinor, otherPatch]: Release): boolean {
  return (major - otherMajor || minor - otherMinor || patch - otherPatch) >= 0;
}
