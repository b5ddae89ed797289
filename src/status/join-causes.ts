const CA = "no certificate: CA ";
const CONTROL_PLANE = "control plane ";

/** Returns why Envoy may not be ready, where the CA and the control plane fail alike at one address in one text. */
export function joinCauses(causes: readonly string[]): readonly string[] {
  const ca = causes.find((cause) => cause.startsWith(CA));
  const controlPlane = causes.find((cause) => cause.startsWith(CONTROL_PLANE));
  if (ca === undefined || controlPlane === undefined) return causes;
  const failure = ca.slice(CA.length);
  const rest = controlPlane.slice(CONTROL_PLANE.length);
  if (rest !== failure && !rest.startsWith(`${failure}; `)) return causes;
  return causes.flatMap((cause) =>
    cause === ca ? [`no certificate: CA and control plane ${rest}`] : cause === controlPlane ? [] : [cause],
  );
}
