/** A release of Istio. */
export type Release = readonly [major: number, minor: number, patch: number];

/** Returns the first release in a text, such as the tag of an image; a missing patch number is 0. */
export function releaseIn(text: string): Release | undefined {
  const [, major, minor, patch = 0] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Reports whether the first release in a text has a patch number: `1.30.3-distroless` has one, `1.30` and `1.31-alpha.0` have not. */
export function namesPatch(text: string): boolean {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[1] !== undefined;
}

/** Reports whether a release is the same as another or later. */
export function isAtLeast([major, minor, patch]: Release, [otherMajor, otherMinor, otherPatch]: Release): boolean {
  return (major - otherMajor || minor - otherMinor || patch - otherPatch) >= 0;
}
