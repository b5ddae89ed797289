import type { Notice } from "../common/notice.ts";
import type { Planned } from "./plan.ts";

/**
 * Returns warnings about ports on which both the agent and Envoy, or Envoy twice, would listen. Ports of a configuration that is not
 * the agent's alone are not known.
 */
export function portClashes({ agent, epoch }: Planned): readonly Notice[] {
  if (agent.withoutEnvoy || epoch.bootstrap === undefined || epoch.ownConfiguration.length > 0) return [];
  const { portSettings, drain } = agent.supervision;
  const status = agent.services.status?.port ?? 0;
  const known = new Set(portSettings.map(([port]) => port));
  const ports: readonly (readonly [port: number, setting: string])[] = [
    [status, "statusPort in the ProxyConfig"],
    ...portSettings,
    ...drain.ownPorts.filter((port) => !known.has(port)).map((port) => [port, "a listener of Envoy"] as const),
  ];
  const first = new Map<number, string>();
  return ports.flatMap(([port, setting]): readonly Notice[] => {
    const other = first.get(port);
    if (other === undefined || port === 0) {
      first.set(port, setting);
      return [];
    }
    const text = `Port ${port} is set twice, for ${other} and ${setting}: only one of them can listen on it, and without its own ports Envoy does not start`;
    return [{ level: "warn", text }];
  });
}
